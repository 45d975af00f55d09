//! `GetPayment` and `GetRefund`: look, and change nothing.

use order_proto::payment::v1::{self as wire, GetPaymentRequest, GetRefundRequest};

use super::{Payments, void_payment};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world::World;

impl Rpc for GetPaymentRequest {
    type Answer = wire::Payment;
    const METHOD: Method = Method::GetPayment;

    fn call(&self) -> Call<'_> {
        Call::Query
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn decide(&self, world: &World, _asked: Asked) -> Decision<wire::Payment> {
        Decision::found(payment(self, &world.payments))
    }
}

/// By its order, by its id, or by both; an order that was voided before it was authorized has an empty, voided one.
fn payment(request: &GetPaymentRequest, payments: &Payments) -> Result<wire::Payment, Refusal> {
    let found = if request.order_id.is_empty() {
        payments.named(&request.payment_id)
    } else {
        payments.of_order(&request.order_id).filter(|payment| {
            request.payment_id.is_empty() || request.payment_id == payment.payment_id()
        })
    };
    if let Some(payment) = found {
        return Ok(payment.wire());
    }
    if payments.undone.contains(&request.order_id) {
        return Ok(void_payment::never_was(&request.order_id));
    }
    let message = "there is no such payment";
    Err(Refusal::not_found("PAYMENT_NOT_FOUND", message))
}

impl Rpc for GetRefundRequest {
    type Answer = wire::Refund;
    const METHOD: Method = Method::GetRefund;

    fn call(&self) -> Call<'_> {
        Call::Query
    }

    fn order_id(&self) -> &str {
        ""
    }

    fn decide(&self, world: &World, _asked: Asked) -> Decision<wire::Refund> {
        let found = world.payments.refund(&self.refund_id);
        Decision::found(
            found
                .map(|(payment, refund)| refund.wire(payment))
                .ok_or_else(|| Refusal::not_found("REFUND_NOT_FOUND", "there is no such refund")),
        )
    }
}
