//! How a refund ends: with its notification, and CANCELLED where it took the last ticket; or with nothing changed.

use crate::domain::{Message, OrderState, TicketState};
use crate::plans::refund_order::payload::Payload;
use crate::plans::{notification, refund};
use crate::saga::{Change, Scene, Unreadable};

/// The seats are free and the money is returned.
pub(super) fn complete(scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    let payload: &Payload = scene.payload()?;
    let order = &mut change.order;
    if payload.takes_last {
        // Another refund's seats may have been refused meanwhile: then there is a ticket left after all.
        let mut tickets = order.tickets.iter();
        let is_left = tickets.any(|ticket| ticket.state == TicketState::Booked);
        order.state = if is_left {
            OrderState::Confirmed
        } else {
            OrderState::Cancelled
        };
    }
    let data = notification::data(&change.order);
    let notification = Message::notification(change.saga_id, "order_refunded", data);
    change.outbox.push(notification);
    Ok(())
}

/// The refund failed, and everything else is as it was.
pub(super) fn refused(scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    let payload: &Payload = scene.payload()?;
    refund::give_up(change);
    if payload.takes_last {
        change.order.state = OrderState::Confirmed;
    }
    Ok(())
}
