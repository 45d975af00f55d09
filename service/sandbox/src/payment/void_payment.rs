//! `VoidPayment`: gives the reservation back, and decides the race with a capture: VOIDED, CAPTURED or PENDING.
//!
//! A repeated request is decided anew: after PENDING the caller polls until the capture has ended.

use order_proto::payment::v1::{self as wire, PaymentState, VoidPaymentRequest};

use super::{Change, Payment, State};
use crate::rpc::{Attempt, Decision, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for VoidPaymentRequest {
    type Answer = wire::Payment;
    type Record<'w> = &'w Payment;
    const METHOD: Method = Method::VoidPayment;

    fn find<'w>(&self, world: &'w World) -> Result<Found<&'w Payment, wire::Payment>, Refusal> {
        let payments = &world.payments;
        let Some(payment) = payments.of_order(&self.order_id) else {
            return Ok(Found::NothingToUndo {
                marked: payments.undone.contains(&self.order_id),
                mark: world::Change::Payment(Change::Undone {
                    order_id: self.order_id.clone(),
                }),
                answer: voided_before_authorization(&self.order_id),
            });
        };
        if !self.payment_id.is_empty() && self.payment_id != payment.payment_id() {
            let message = "the order's payment has another name";
            return Err(Refusal::failed_precondition("PAYMENT_UNKNOWN", message));
        }
        Ok(Found::Ready(payment))
    }

    fn act(&self, payment: &Payment, attempt: Attempt) -> Result<Decision<wire::Payment>, Refusal> {
        Ok(match payment.state {
            State::Voided => Decision::repeated(payment.wire()),
            State::Captured => unchanged(payment, PaymentState::Captured, attempt),
            State::CapturePending => unchanged(payment, PaymentState::Pending, attempt),
            State::RequiresAction | State::Authorized | State::Declined => {
                let payment = Payment {
                    state: State::Voided,
                    voided: payment.authorized,
                    ..payment.clone()
                };
                let answer = payment.wire();
                let change = world::Change::Payment(Change::Payment(payment));
                Decision::done(vec![change], answer)
            }
        })
    }
}

fn unchanged(payment: &Payment, state: PaymentState, attempt: Attempt) -> Decision<wire::Payment> {
    let answer = payment.wire_as(state);
    if attempt.repeated {
        Decision::repeated(answer)
    } else {
        Decision::done(Vec::new(), answer)
    }
}

/// The payment of an order that was voided before it was authorized: it has no id and no amount.
pub(super) fn voided_before_authorization(order_id: &str) -> wire::Payment {
    wire::Payment {
        order_id: order_id.to_owned(),
        state: PaymentState::Voided.into(),
        ..wire::Payment::default()
    }
}
