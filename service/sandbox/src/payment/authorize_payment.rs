//! `AuthorizePayment`: reserves the amount, once per order, as the token says. Refused after an undo.

use std::time::Duration;

use order_proto::payment::v1::{self as wire, AuthorizePaymentRequest};

use super::token::{Behaviour, CaptureEnds};
use super::{Change, Payment, Payments, State, token};
use crate::method::Method;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc, Verdict};
use crate::world;
use crate::world::World;

impl Rpc for AuthorizePaymentRequest {
    type Answer = wire::Payment;
    const METHOD: Method = Method::AuthorizePayment;

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

    /// A slow token takes its time until the payment is there; then it is only answered.
    fn takes(&self, world: &World) -> Duration {
        match behaviour(self) {
            Behaviour::Slow(slow) if world.payments.of_order(&self.order_id).is_none() => slow,
            Behaviour::Slow(_)
            | Behaviour::Authorizes(_)
            | Behaviour::Declines(_)
            | Behaviour::RequiresAction
            | Behaviour::LosesReply
            | Behaviour::FailsFirst(_)
            | Behaviour::ReturnsSlowly => Duration::ZERO,
        }
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<wire::Payment> {
        let payments = &world.payments;
        if let Some(payment) = payments.of_order(&self.order_id) {
            return again(payment, asked);
        }
        if payments.undone.contains(&self.order_id) {
            let message = "the order was voided before it was authorized";
            return Decision::refused(Refusal::no("UNDONE", message));
        }
        match parse(self) {
            Ok(amount) => authorize(self, amount, payments, asked),
            Err(refusal) => Decision::refused(refusal),
        }
    }
}

fn behaviour(request: &AuthorizePaymentRequest) -> Behaviour {
    let method = request.payment_method.as_ref();
    token::behaviour(method.map_or("", |method| &method.token))
}

/// The order has had its one payment: the same request is answered with it, any other is refused.
fn again(payment: &Payment, asked: Asked) -> Decision<wire::Payment> {
    if asked.repeated {
        Decision::stands(payment.wire())
    } else if payment.state == State::Voided {
        Decision::refused(Refusal::no("UNDONE", "the order's payment was voided"))
    } else if payment.content == asked.content {
        Decision::stands(payment.wire())
    } else {
        let message = "the order already has a payment, made by another request";
        Decision::refused(Refusal::no("PAYMENT_EXISTS", message))
    }
}

fn parse(request: &AuthorizePaymentRequest) -> Result<Money, Refusal> {
    if request.organization_id.is_empty() {
        return Err(Refusal::incomplete("a payment names its organization"));
    }
    if request.payment_method.is_none() {
        return Err(Refusal::incomplete("a payment names its payment_method"));
    }
    Money::parse(request.amount.as_ref()).ok_or_else(|| {
        Refusal::incomplete("amount must be above 0, in minor units of a known currency")
    })
}

fn authorize(
    request: &AuthorizePaymentRequest,
    amount: Money,
    payments: &Payments,
    asked: Asked,
) -> Decision<wire::Payment> {
    let behaviour = behaviour(request);
    let failures = payments.failures.get(&request.order_id).copied();
    let failures = failures.unwrap_or_default();
    if let Behaviour::FailsFirst(times) = behaviour
        && failures < times
    {
        let failed = Change::Failed {
            order_id: request.order_id.clone(),
            times: failures + 1,
        };
        return Decision {
            changes: vec![world::Change::Payment(failed)],
            verdict: Verdict::FailedBefore,
        };
    }
    let payment = begun(request, amount, behaviour, asked);
    let verdict = match behaviour {
        Behaviour::LosesReply => Verdict::ReplyLost,
        Behaviour::Authorizes(_)
        | Behaviour::Declines(_)
        | Behaviour::RequiresAction
        | Behaviour::Slow(_)
        | Behaviour::FailsFirst(_)
        | Behaviour::ReturnsSlowly => Verdict::Done(payment.wire()),
    };
    Decision {
        changes: vec![world::Change::Payment(Change::Payment(payment))],
        verdict,
    }
}

fn begun(
    request: &AuthorizePaymentRequest,
    amount: Money,
    behaviour: Behaviour,
    asked: Asked,
) -> Payment {
    let (state, capture_ends, decline_code) = match behaviour {
        Behaviour::Authorizes(ends) => (State::Authorized, ends, ""),
        Behaviour::Declines(code) => (State::Declined, CaptureEnds::Declined, code),
        Behaviour::RequiresAction => (State::RequiresAction, CaptureEnds::Captured, ""),
        Behaviour::Slow(_)
        | Behaviour::LosesReply
        | Behaviour::FailsFirst(_)
        | Behaviour::ReturnsSlowly => (State::Authorized, CaptureEnds::Captured, ""),
    };
    let authorized = match state {
        State::Authorized => amount.minor,
        State::RequiresAction
        | State::CapturePending
        | State::Captured
        | State::Declined
        | State::Voided => 0,
    };
    Payment {
        order_id: request.order_id.clone(),
        organization_id: request.organization_id.clone(),
        state,
        amount,
        authorized,
        captured: 0,
        voided: 0,
        captures: 0,
        decline_code: decline_code.to_owned(),
        capture_ends,
        capture: None,
        returns_slowly: behaviour == Behaviour::ReturnsSlowly,
        refunds: Vec::new(),
        content: asked.content,
    }
}
