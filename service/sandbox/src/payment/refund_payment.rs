//! `RefundPayment`: returns money that was taken, once per refund_id, and never more than was taken.

use order_proto::payment::v1::{self as wire, RefundPaymentRequest};

use super::ledger::RefundState;
use super::{Change, Payments, Refund, State};
use crate::method::Method;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for RefundPaymentRequest {
    type Answer = wire::Refund;
    const METHOD: Method = Method::RefundPayment;

    fn call(&self) -> Call<'_> {
        Call::Acts {
            key: &self.idempotency_key,
        }
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn keyless(mut self) -> Self {
        self.idempotency_key.clear();
        self
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<wire::Refund> {
        match refund(self, &world.payments, asked) {
            Ok(decision) => decision,
            Err(refusal) => Decision::refused(refusal),
        }
    }
}

fn refund(
    request: &RefundPaymentRequest,
    payments: &Payments,
    asked: Asked,
) -> Result<Decision<wire::Refund>, Refusal> {
    if let Some((payment, refund)) = payments.refund(&request.refund_id) {
        if refund.content == asked.content {
            return Ok(Decision::stands(refund.wire(payment)));
        }
        let message = "this refund_id already stands for another refund";
        return Err(Refusal::no("REFUND_EXISTS", message));
    }
    if request.refund_id.is_empty() {
        return Err(Refusal::incomplete("a refund names its refund_id"));
    }
    let payment = payments.bound(&request.order_id, &request.payment_id)?;
    if payment.state != State::Captured {
        return Err(Refusal::no("NOT_CAPTURED", "nothing was taken"));
    }
    let amount = Money::parse(request.amount.as_ref())
        .filter(|amount| amount.currency == payment.amount.currency)
        .ok_or_else(|| Refusal::incomplete("amount must be above 0, in the payment's currency"))?;
    if amount.minor > payment.refundable() {
        let message = "the amount is more than is left of what was taken";
        return Err(Refusal::no("REFUND_TOO_LARGE", message));
    }
    let refund = Refund {
        refund_id: request.refund_id.clone(),
        minor: amount.minor,
        state: if payment.returns_slowly {
            RefundState::Pending
        } else {
            RefundState::Succeeded
        },
        content: asked.content,
    };
    let answer = refund.wire(payment);
    let mut payment = payment.clone();
    payment.refunds.push(refund);
    let change = world::Change::Payment(Change::Payment(payment));
    Ok(Decision::done(vec![change], answer))
}
