//! `CompletePayment`: the buyer or the provider settles what is pending: an authorization, a capture or the oldest refund.
//! Returns the webhook's event as data; the caller sends it.

use order_proto::payment::v1 as wire;
use order_proto::sandbox::v1::{CompletePaymentRequest, CompletionOutcome};

use super::event::{Event, EventKind};
use super::ledger::RefundState;
use super::{Change, Payment, State};
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

/// The changes, the payment after them, and the webhook event.
type Completed = (Vec<world::Change>, (wire::Payment, Event));

/// Settles the payment; refused with NOT_PENDING where nothing is pending.
pub(crate) fn complete(
    world: &World,
    request: &CompletePaymentRequest,
) -> Result<Completed, Refusal> {
    let succeeds = match request.outcome() {
        CompletionOutcome::Succeed => true,
        CompletionOutcome::Fail => false,
        CompletionOutcome::Unspecified => {
            return Err(Refusal::invalid("outcome: must be one of the outcomes"));
        }
    };
    let payment = world.payments.with_id(&request.payment_id);
    let payment = payment
        .ok_or_else(|| Refusal::not_found("PAYMENT_NOT_FOUND", "there is no such payment"))?;
    let mut payment: Payment = payment.clone();
    let event = match payment.state {
        State::Captured => settle_refund(&mut payment, succeeds)?,
        State::RequiresAction
        | State::CapturePending
        | State::Authorized
        | State::Declined
        | State::Voided => {
            let kind = settle(&mut payment, succeeds)?;
            event(&payment, kind, payment.amount.minor, None)
        }
    };
    let answer = payment.wire();
    let change = world::Change::Payment(Change::Payment(payment));
    Ok((vec![change], (answer, event)))
}

fn settle(payment: &mut Payment, succeeds: bool) -> Result<EventKind, Refusal> {
    match payment.state {
        State::RequiresAction if succeeds => {
            payment.state = State::Authorized;
            payment.authorized = payment.amount.minor;
            Ok(EventKind::Authorized)
        }
        State::CapturePending if succeeds => {
            payment.take();
            Ok(EventKind::Captured)
        }
        State::RequiresAction => {
            payment.decline("authentication_failed");
            Ok(EventKind::Failed)
        }
        State::CapturePending => {
            payment.decline("capture_declined");
            Ok(EventKind::Failed)
        }
        State::Authorized | State::Captured | State::Declined | State::Voided => {
            Err(nothing_pending())
        }
    }
}

fn settle_refund(payment: &mut Payment, succeeds: bool) -> Result<Event, Refusal> {
    let mut refunds = payment.refunds.iter_mut();
    let refund = refunds.find(|refund| refund.state == RefundState::Pending);
    let refund = refund.ok_or_else(nothing_pending)?;
    let kind = if succeeds {
        refund.state = RefundState::Succeeded;
        EventKind::RefundSucceeded
    } else {
        refund.state = RefundState::Failed;
        EventKind::RefundFailed
    };
    let (minor, refund_id) = (refund.minor, refund.refund_id.clone());
    Ok(event(payment, kind, minor, Some(refund_id)))
}

fn event(payment: &Payment, kind: EventKind, minor: i64, refund_id: Option<String>) -> Event {
    Event {
        kind,
        payment_id: payment.payment_id(),
        order_id: payment.order_id.clone(),
        refund_id,
        amount: payment.amount.with_minor(minor),
    }
}

fn nothing_pending() -> Refusal {
    Refusal::failed_precondition("NOT_PENDING", "nothing of this payment is pending")
}
