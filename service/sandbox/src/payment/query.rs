//! `GetPayment` and `GetRefund`: read only.

use order_proto::payment::v1::{self as wire, GetPaymentRequest, GetRefundRequest};

use super::{Payments, void_payment};
use crate::rpc::{Attempt, Decision, Kind, Rpc};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world::World;

impl Rpc for GetPaymentRequest {
    type Answer = wire::Payment;
    const METHOD: Method = Method::GetPayment;

    fn kind(&self) -> Kind<'_> {
        Kind::Query
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn decide(&self, world: &World, _attempt: Attempt) -> Decision<wire::Payment> {
        Decision::query(payment(self, &world.payments))
    }
}

/// Looks a payment up by its order, by its id, or by both. The mark of an early VoidPayment is shown as a voided payment
/// without an id.
fn payment(request: &GetPaymentRequest, payments: &Payments) -> Result<wire::Payment, Refusal> {
    let found = if request.order_id.is_empty() {
        payments.with_id(&request.payment_id)
    } else {
        payments.of_order(&request.order_id).filter(|payment| {
            request.payment_id.is_empty() || request.payment_id == payment.payment_id()
        })
    };
    if let Some(payment) = found {
        return Ok(payment.wire());
    }
    if payments.undone.contains(&request.order_id) {
        return Ok(void_payment::voided_before_authorization(&request.order_id));
    }
    let message = "there is no such payment";
    Err(Refusal::not_found("PAYMENT_NOT_FOUND", message))
}

impl Rpc for GetRefundRequest {
    type Answer = wire::Refund;
    const METHOD: Method = Method::GetRefund;

    fn kind(&self) -> Kind<'_> {
        Kind::Query
    }

    fn order_id(&self) -> &str {
        ""
    }

    fn decide(&self, world: &World, _attempt: Attempt) -> Decision<wire::Refund> {
        let found = world.payments.refund(&self.refund_id);
        Decision::query(
            found
                .map(|(payment, refund)| refund.wire(payment))
                .ok_or_else(|| Refusal::not_found("REFUND_NOT_FOUND", "there is no such refund")),
        )
    }
}
