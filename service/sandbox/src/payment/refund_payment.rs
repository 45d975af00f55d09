//! `RefundPayment`: returns captured money, once per refund_id, and never more than was captured.

use order_proto::payment::v1::{self as wire, RefundPaymentRequest};

use super::ledger::RefundState;
use super::{Change, Payments, Refund, State};
use crate::rpc::{Attempt, Decision, Existing, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::money::Money;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for RefundPaymentRequest {
    type Answer = wire::Refund;
    type Record<'w> = &'w Payments;
    const METHOD: Method = Method::RefundPayment;

    fn find<'w>(&self, world: &'w World) -> Result<Found<&'w Payments, wire::Refund>, Refusal> {
        let payments = &world.payments;
        Ok(match payments.refund(&self.refund_id) {
            None => Found::Ready(payments),
            Some((payment, refund)) => Found::Exists(Existing {
                content: refund.content,
                answer: refund.wire(payment),
                unusable: None,
                different: Refusal::failed_precondition(
                    "REFUND_EXISTS",
                    "this refund_id already stands for another refund",
                ),
            }),
        })
    }

    fn act(
        &self,
        payments: &Payments,
        attempt: Attempt,
    ) -> Result<Decision<wire::Refund>, Refusal> {
        if self.refund_id.is_empty() {
            return Err(Refusal::incomplete("a refund names its refund_id"));
        }
        let payment = payments.bound(&self.order_id, &self.payment_id)?;
        if payment.state != State::Captured {
            return Err(Refusal::failed_precondition(
                "NOT_CAPTURED",
                "nothing was taken",
            ));
        }
        let amount = Money::parse(self.amount.as_ref())
            .filter(|amount| amount.currency == payment.amount.currency)
            .ok_or_else(|| {
                Refusal::incomplete("amount must be above 0, in the payment's currency")
            })?;
        if amount.minor > payment.refundable() {
            let message = "the amount is more than is left of what was taken";
            return Err(Refusal::failed_precondition("REFUND_TOO_LARGE", message));
        }
        let refund = Refund {
            refund_id: self.refund_id.clone(),
            minor: amount.minor,
            state: if payment.refunds_pending {
                RefundState::Pending
            } else {
                RefundState::Succeeded
            },
            content: attempt.content,
        };
        let answer = refund.wire(payment);
        let mut payment = payment.clone();
        payment.refunds.push(refund);
        let change = world::Change::Payment(Change::Payment(payment));
        Ok(Decision::done(vec![change], answer))
    }
}
