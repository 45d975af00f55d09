//! Ends a booking that a person settled outside: only so as the participants have it, and with the books and messages of
//! that end.

use crate::domain::{Failure, Money, OrderState, Reason, RefundState, SagaState};
use crate::plans::book_tickets::endings;
use crate::plans::book_tickets::payment::note;
use crate::plans::refund::Goal;
use crate::plans::{refund, settlement, suspense};
use crate::saga::{Change, Scene, Settlement};

pub(super) fn resolve(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    match settlement.order_state {
        OrderState::Confirmed => confirm(scene, settlement, change),
        OrderState::Failed => {
            let why = scene.failure();
            let kept = why.map(|why| why.reason.clone()).filter(|reason| {
                // A reason of the order, and not of the saga alone; CANCELLED and EXPIRED say otherwise than FAILED.
                reason.is_of_orders() && reason.ends_in() == OrderState::Failed
            });
            let reason = kept.unwrap_or(Reason::ParticipantUnavailable);
            let why = Failure::new(reason, "an operator ended the booking");
            free(scene, settlement, change)?;
            endings::undone(change, OrderState::Failed, why);
            Ok(SagaState::Compensated)
        }
        OrderState::Cancelled => {
            let why = Failure::new(Reason::CancelledByUser, "an operator cancelled the booking");
            free(scene, settlement, change)?;
            endings::undone(change, OrderState::Cancelled, why);
            Ok(SagaState::Compensated)
        }
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Expired
        | OrderState::Cancelling => Err("a booking ends CONFIRMED, FAILED or CANCELLED".to_owned()),
    }
}

/// Booked and paid: the seats are, and the total was captured.
fn confirm(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    let charges = change.order.charges;
    let charges = charges.ok_or("the order has no total: its seats were never priced")?;
    settlement::seats_are_booked(settlement)?;
    let has_ticket = |ticket: &crate::domain::Ticket| ticket.ticket_id.is_some();
    if change.order.booking_id.is_none() || !change.order.tickets.iter().all(has_ticket) {
        return Err("the tickets are not known: RetrySaga asks for them".to_owned());
    }
    let nothing = Money::zero(charges.total.currency);
    settlement::money_is(settlement, charges.total, nothing)?;
    keep_what_came_unasked(change);
    note(&settlement.payment, change);
    // Of a cancel that was asked for meanwhile, the person has decided too.
    change.order.state = OrderState::Pending;
    let ended = endings::complete(scene, change);
    ended.map_err(|unreadable| unreadable.to_string())?;
    Ok(SagaState::Completed)
}

/// Nothing is left: no seat is held or booked, and what was captured was returned.
fn free(scene: &Scene<'_>, settlement: &Settlement, change: &mut Change) -> Result<(), String> {
    let captured = settlement::nothing_is_left(settlement)?;
    return_what_came_unasked(scene, captured, change)?;
    if !settlement.payment.payment_id.is_empty() {
        note(&settlement.payment, change);
    }
    Ok(())
}

/// The books have money that was to be returned, and was not: it is the sale's now.
fn keep_what_came_unasked(change: &mut Change) {
    let mut kept = Vec::new();
    for refund in &mut change.order.refunds {
        if refund.state == RefundState::Pending {
            refund.state = RefundState::Failed;
            kept.push(refund.amount);
        }
    }
    for amount in kept {
        suspense::kept(change, amount);
    }
}

/// Money came in and went out again: what the books lack of it is posted.
fn return_what_came_unasked(
    scene: &Scene<'_>,
    captured: Option<Money>,
    change: &mut Change,
) -> Result<(), String> {
    let booked = change.order.captured.filter(|booked| !booked.is_zero());
    let is_returned = booked.is_some() && booked == change.order.refunded;
    let captured = match (captured, booked) {
        (None, None) => return Ok(()),
        (None, Some(_)) if is_returned => return Ok(()),
        (Some(captured), Some(booked)) if captured == booked && is_returned => return Ok(()),
        (Some(captured), None) => {
            suspense::found(change, captured);
            captured
        }
        (Some(captured), Some(booked)) if captured == booked => captured,
        (other, Some(booked)) => {
            let found = other.map_or("nothing".to_owned(), |captured| captured.to_string());
            return Err(format!(
                "the payment says that {found} was captured, and the books {booked}"
            ));
        }
    };
    change.order.captured = Some(captured);
    // The order lists what went back, so that no later saga returns it again.
    let settled = refund::settled_outside(scene, Goal::Unasked, change);
    settled.map_err(|unreadable| unreadable.to_string())
}
