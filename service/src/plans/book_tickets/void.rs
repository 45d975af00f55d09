//! The compensation of an authorization and of a capture: VoidPayment, and RefundPayment only after it answered CAPTURED.

use crate::domain::{
    Answer, Call, Failure, Money, PaymentState, PaymentView, Reason, Refund, RefundState,
};
use crate::plans::book_tickets::payment::note;
use crate::plans::suspense;
use crate::saga::{Change, Scene, Undone, Unreadable};

/// Which step is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// `authorize_payment`: money found captured was never asked for.
    Reservation,
    /// `capture_payment`: money found captured may be just what was asked for.
    Capture,
}

/// VoidPayment first; RefundPayment only once the void was answered CAPTURED.
pub(super) fn undo(scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable> {
    let order = scene.order;
    let payment_id = order.payment.payment_id.clone();
    if let (Some(refund), Some(payment_id)) = (pending(scene), payment_id) {
        let call = Call::RefundPayment {
            payment_id,
            order_id: order.order_id,
            refund_id: refund.refund_id,
            amount: refund.amount,
        };
        return Ok((call, "undo/refund"));
    }
    Ok((Call::void_payment(order), "undo"))
}

/// The refund with which this saga returns what it found captured. Others belong to other sagas.
fn own<'a>(scene: &Scene<'a>) -> Option<&'a Refund> {
    let (order, saga_id) = (scene.order, scene.saga.saga_id);
    let mut refunds = order.refunds.iter();
    // A refund that version 0.1.0 wrote may name no saga.
    refunds.find(|refund| refund.saga_id.is_none_or(|of| of == saga_id))
}

fn pending<'a>(scene: &Scene<'a>) -> Option<&'a Refund> {
    own(scene).filter(|refund| refund.state == RefundState::Pending)
}

pub(super) fn judge_undo(
    scene: &Scene<'_>,
    answer: &Answer,
    change: &mut Change,
    whose: Whose,
) -> Result<Undone, Unreadable> {
    match answer {
        // A refund that was asked for is not answered with the payment.
        Answer::Payment(payment) if pending(scene).is_none() => {
            Ok(voided(scene, payment, change, whose))
        }
        Answer::Refund(refund) => Ok(refunded(scene, refund.state, change)),
        Answer::Payment(_)
        | Answer::Held { .. }
        | Answer::Hold(_)
        | Answer::Booking { .. }
        | Answer::Absent
        | Answer::Taken => Ok(Undone::Again("it was answered with something else".into())),
    }
}

fn voided(scene: &Scene<'_>, payment: &PaymentView, change: &mut Change, whose: Whose) -> Undone {
    if own(scene).is_some() || scene.order.payment.state == PaymentState::Refunded {
        // Returned by the compensation of the capture; the payment may still read CAPTURED if refunds show late. Where that
        // refund fails after it succeeded, `review_refund` returns the money.
        return Undone::Yes;
    }
    match payment.state {
        PaymentState::Voided | PaymentState::Declined | PaymentState::Refunded => {
            note(payment, change);
            Undone::Yes
        }
        PaymentState::Captured => {
            let total = scene.order.charges.map(|charges| charges.total);
            // Nothing was wrong with the capture itself.
            let why = scene.failure();
            let as_asked = why.is_some_and(|why| !why.reason.may_concern_payment());
            // The void is repeated under one key, so what it names must not change while it is.
            let Some(captured) = payment.captured else {
                return Undone::Again(
                    "the payment is captured, of an amount that cannot be read".into(),
                );
            };
            note(payment, change);
            if change.order.payment.payment_id.is_none() {
                return Undone::Again("the payment is captured, and has no name".into());
            }
            if whose == Whose::Capture && as_asked && payment.captured == total {
                change.order.captured = total;
                return Undone::Turned;
            }
            // A lost capture of another amount is what went wrong, and not that its answer was lost.
            let is_lost = why.is_some_and(|why| why.reason == Reason::ParticipantUnavailable);
            let differs = whose == Whose::Capture && is_lost && payment.captured != total;
            let found = differs.then(|| {
                let message = "another amount was captured than requested";
                Failure::new(Reason::PaymentMismatch, message)
            });
            begin_return(captured, change, scene);
            Undone::More(found)
        }
        PaymentState::Pending
        | PaymentState::RequiresAction
        | PaymentState::Authorized
        | PaymentState::PartiallyRefunded => {
            Undone::Again(format!("the payment is {} still", payment.state.as_str()))
        }
    }
}

/// Adds the refund to the order before it is first requested, and posts the money to `suspense` until it is returned.
fn begin_return(captured: Money, change: &mut Change, scene: &Scene<'_>) {
    change.order.captured = Some(captured);
    change.order.refunds.push(Refund {
        refund_id: change.refund_id,
        amount: captured,
        state: RefundState::Pending,
        reason: "captured although the order was being undone".into(),
        create_time: scene.now,
        saga_id: Some(change.saga_id),
        seat_ids: Vec::new(),
        seats_due: None,
        shares: None,
        is_posted_back: false,
    });
    suspense::found(change, captured);
}

fn refunded(scene: &Scene<'_>, state: RefundState, change: &mut Change) -> Undone {
    let Some(refund) = pending(scene) else {
        return Undone::Again("no refund was begun".into());
    };
    match state {
        RefundState::Succeeded => {
            for kept in &mut change.order.refunds {
                if kept.refund_id == refund.refund_id {
                    kept.state = RefundState::Succeeded;
                }
            }
            change.order.refunded = Some(refund.amount);
            change.order.payment.state = PaymentState::Refunded;
            suspense::returned(change, refund.amount);
            Undone::Yes
        }
        RefundState::Pending => Undone::Again("the refund is pending".into()),
        RefundState::Failed => Undone::Again("the refund was answered FAILED".into()),
    }
}
