//! `VoidPayment`: gives the reservation back, and decides the race with a capture: VOIDED, CAPTURED or PENDING.
//!
//! A repeat decides again: PENDING means that the caller asks until it is told how the capture ended.

use order_proto::payment::v1::{self as wire, PaymentState, VoidPaymentRequest};

use super::{Change, Payment, Payments, State};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for VoidPaymentRequest {
    type Answer = wire::Payment;
    const METHOD: Method = Method::VoidPayment;

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

    fn decide(&self, world: &World, asked: Asked) -> Decision<wire::Payment> {
        let payments = &world.payments;
        match payments.of_order(&self.order_id) {
            None => mark(&self.order_id, payments),
            Some(payment)
                if !self.payment_id.is_empty() && self.payment_id != payment.payment_id() =>
            {
                let message = "the order's payment has another name";
                Decision::refused(Refusal::no("PAYMENT_UNKNOWN", message))
            }
            Some(payment) => void(payment, asked),
        }
    }
}

fn void(payment: &Payment, asked: Asked) -> Decision<wire::Payment> {
    match payment.state {
        State::Voided => Decision::stands(payment.wire()),
        State::Captured => unchanged(payment, PaymentState::Captured, asked),
        State::CapturePending => unchanged(payment, PaymentState::Pending, asked),
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
    }
}

fn unchanged(payment: &Payment, state: PaymentState, asked: Asked) -> Decision<wire::Payment> {
    let answer = payment.wire_as(state);
    if asked.repeated {
        Decision::stands(answer)
    } else {
        Decision::done(Vec::new(), answer)
    }
}

/// Nothing of this order is reserved: it stays so.
fn mark(order_id: &str, payments: &Payments) -> Decision<wire::Payment> {
    let answer = never_was(order_id);
    if payments.undone.contains(order_id) {
        return Decision::stands(answer);
    }
    let change = Change::Undone {
        order_id: order_id.to_owned(),
    };
    Decision::done(vec![world::Change::Payment(change)], answer)
}

/// The payment of an order that was voided before it was authorized.
pub(super) fn never_was(order_id: &str) -> wire::Payment {
    wire::Payment {
        order_id: order_id.to_owned(),
        state: PaymentState::Voided.into(),
        ..wire::Payment::default()
    }
}
