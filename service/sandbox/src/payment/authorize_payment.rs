//! `AuthorizePayment`: reserves the amount, once per order, as the token says. Refused after its undo.

use std::time::Duration;

use order_proto::payment::v1::{self as wire, AuthorizePaymentRequest};

use super::token::{Behaviour, CaptureOutcome};
use super::{Change, Payment, Payments, State, token};
use crate::rpc::{Attempt, Decision, Existing, Found, OrderCommand, Verdict};
use crate::value::method::Method;
use crate::value::money::Money;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for AuthorizePaymentRequest {
    type Answer = wire::Payment;
    type Record<'w> = &'w Payments;
    const METHOD: Method = Method::AuthorizePayment;

    /// A slow token delays only the request that makes the payment; repeats are answered at once.
    fn latency(&self, world: &World) -> Duration {
        match behaviour(self) {
            Behaviour::Slow(slow) if world.payments.of_order(&self.order_id).is_none() => slow,
            Behaviour::Slow(_)
            | Behaviour::Authorizes(_)
            | Behaviour::Declines(_)
            | Behaviour::RequiresAction
            | Behaviour::LosesReply
            | Behaviour::FailsFirst(_)
            | Behaviour::RefundsPending => Duration::ZERO,
        }
    }

    fn find<'w>(&self, world: &'w World) -> Result<Found<&'w Payments, wire::Payment>, Refusal> {
        let payments = &world.payments;
        Ok(match payments.of_order(&self.order_id) {
            Some(payment) => Found::Exists(existing(payment)),
            None if payments.undone.contains(&self.order_id) => {
                Found::Undone("the order was voided before it was authorized")
            }
            None => Found::Ready(payments),
        })
    }

    fn act(
        &self,
        payments: &Payments,
        attempt: Attempt,
    ) -> Result<Decision<wire::Payment>, Refusal> {
        let amount = parse(self)?;
        Ok(authorize(self, amount, payments, attempt))
    }
}

fn behaviour(request: &AuthorizePaymentRequest) -> Behaviour {
    let method = request.payment_method.as_ref();
    token::behaviour(method.map_or("", |method| &method.token))
}

/// The order's one payment.
fn existing(payment: &Payment) -> Existing<wire::Payment> {
    let voided = payment.state == State::Voided;
    Existing {
        content: payment.content,
        answer: payment.wire(),
        unusable: voided.then(|| Refusal::undone("the order's payment was voided")),
        different: Refusal::failed_precondition(
            "PAYMENT_EXISTS",
            "the order already has a payment, made by another request",
        ),
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
    attempt: Attempt,
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
    let payment = new_payment(request, amount, behaviour, attempt);
    let verdict = match behaviour {
        Behaviour::LosesReply => Verdict::ReplyLost,
        Behaviour::Authorizes(_)
        | Behaviour::Declines(_)
        | Behaviour::RequiresAction
        | Behaviour::Slow(_)
        | Behaviour::FailsFirst(_)
        | Behaviour::RefundsPending => Verdict::Done(payment.wire()),
    };
    Decision {
        changes: vec![world::Change::Payment(Change::Payment(payment))],
        verdict,
    }
}

fn new_payment(
    request: &AuthorizePaymentRequest,
    amount: Money,
    behaviour: Behaviour,
    attempt: Attempt,
) -> Payment {
    let (state, capture_outcome, decline_code) = match behaviour {
        Behaviour::Authorizes(outcome) => (State::Authorized, outcome, ""),
        Behaviour::Declines(code) => (State::Declined, CaptureOutcome::Declined, code),
        Behaviour::RequiresAction => (State::RequiresAction, CaptureOutcome::Captured, ""),
        Behaviour::Slow(_)
        | Behaviour::LosesReply
        | Behaviour::FailsFirst(_)
        | Behaviour::RefundsPending => (State::Authorized, CaptureOutcome::Captured, ""),
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
        capture_outcome,
        capture: None,
        refunds_pending: behaviour == Behaviour::RefundsPending,
        refunds: Vec::new(),
        content: attempt.content,
    }
}
