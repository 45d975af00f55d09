//! `CapturePayment`: takes what was reserved, once per order. Refused once the payment was voided.

use order_proto::payment::v1::{self as wire, CapturePaymentRequest};

use super::token::CaptureEnds;
use super::{Capture, Change, Payment, Payments, State};
use crate::method::Method;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for CapturePaymentRequest {
    type Answer = wire::Payment;
    const METHOD: Method = Method::CapturePayment;

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
        match capture(self, &world.payments, asked) {
            Ok(decision) => decision,
            Err(refusal) => Decision::refused(refusal),
        }
    }
}

fn capture(
    request: &CapturePaymentRequest,
    payments: &Payments,
    asked: Asked,
) -> Result<Decision<wire::Payment>, Refusal> {
    let payment = payments.bound(&request.order_id, &request.payment_id)?;
    if let Some(capture) = payment.capture {
        return again(payment, capture, asked);
    }
    match payment.state {
        State::Authorized => {}
        State::Voided => return Err(Refusal::no("UNDONE", "the payment was voided")),
        State::RequiresAction | State::CapturePending | State::Captured | State::Declined => {
            return Err(Refusal::no("NOT_AUTHORIZED", "nothing is reserved"));
        }
    }
    if Money::parse(request.amount.as_ref()) != Some(payment.amount) {
        let message = "the amount is not what was reserved";
        return Err(Refusal::no("AMOUNT_MISMATCH", message));
    }
    let mut payment = payment.clone();
    payment.capture = Some(Capture {
        content: asked.content,
    });
    match payment.capture_ends {
        CaptureEnds::Captured => payment.take(),
        CaptureEnds::Declined => payment.decline("capture_declined"),
        CaptureEnds::Pending => payment.state = State::CapturePending,
    }
    let answer = payment.wire();
    let change = world::Change::Payment(Change::Payment(payment));
    Ok(Decision::done(vec![change], answer))
}

/// The order has had its one capture: the same request is answered with the payment, any other is refused.
fn again(
    payment: &Payment,
    capture: Capture,
    asked: Asked,
) -> Result<Decision<wire::Payment>, Refusal> {
    if asked.repeated {
        Ok(Decision::stands(payment.wire()))
    } else if payment.state == State::Voided {
        Err(Refusal::no("UNDONE", "the payment was voided"))
    } else if capture.content == asked.content {
        Ok(Decision::stands(payment.wire()))
    } else {
        let message = "the order already has a capture, asked for by another request";
        Err(Refusal::no("CAPTURE_EXISTS", message))
    }
}
