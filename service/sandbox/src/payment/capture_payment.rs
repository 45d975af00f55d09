//! `CapturePayment`: takes the reserved amount, once per order. Refused once the payment was voided.

use order_proto::payment::v1::{self as wire, CapturePaymentRequest};

use super::token::CaptureOutcome;
use super::{Capture, Change, Payment, State};
use crate::rpc::{Attempt, Decision, Existing, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::money::Money;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for CapturePaymentRequest {
    type Answer = wire::Payment;
    type Record<'w> = &'w Payment;
    const METHOD: Method = Method::CapturePayment;

    fn find<'w>(&self, world: &'w World) -> Result<Found<&'w Payment, wire::Payment>, Refusal> {
        let payment = world.payments.bound(&self.order_id, &self.payment_id)?;
        Ok(match payment.capture {
            Some(capture) => Found::Exists(existing(payment, capture)),
            None => Found::Ready(payment),
        })
    }

    fn act(&self, payment: &Payment, attempt: Attempt) -> Result<Decision<wire::Payment>, Refusal> {
        match payment.state {
            State::Authorized => {}
            State::Voided => return Err(Refusal::undone("the payment was voided")),
            State::RequiresAction | State::CapturePending | State::Captured | State::Declined => {
                return Err(Refusal::failed_precondition(
                    "NOT_AUTHORIZED",
                    "nothing is reserved",
                ));
            }
        }
        if Money::parse(self.amount.as_ref()) != Some(payment.amount) {
            let message = "the amount is not what was reserved";
            return Err(Refusal::failed_precondition("AMOUNT_MISMATCH", message));
        }
        let mut payment = payment.clone();
        payment.capture = Some(Capture {
            content: attempt.content,
        });
        match payment.capture_outcome {
            CaptureOutcome::Captured => payment.take(),
            CaptureOutcome::Declined => payment.decline("capture_declined"),
            CaptureOutcome::Pending => payment.state = State::CapturePending,
        }
        let answer = payment.wire();
        let change = world::Change::Payment(Change::Payment(payment));
        Ok(Decision::done(vec![change], answer))
    }
}

/// The order's one capture.
fn existing(payment: &Payment, capture: Capture) -> Existing<wire::Payment> {
    let voided = payment.state == State::Voided;
    Existing {
        content: capture.content,
        answer: payment.wire(),
        unusable: voided.then(|| Refusal::undone("the payment was voided")),
        different: Refusal::failed_precondition(
            "CAPTURE_EXISTS",
            "the order already has a capture, asked for by another request",
        ),
    }
}
