//! How a cancel ends: CANCELLED with its notification, or CONFIRMED as before because Inventory refused.

use crate::domain::{Message, OrderState};
use crate::plans::notification;
use crate::saga::{Change, Scene, Unreadable};

/// The seats are free and the money is returned.
pub(super) fn complete(_scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    change.order.state = OrderState::Cancelled;
    let data = notification::data(&change.order);
    let notification = Message::notification(change.saga_id, "order_cancelled", data);
    change.outbox.push(notification);
    Ok(())
}

/// The booking stands, and so does the order.
pub(super) fn refused(_scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    change.order.state = OrderState::Confirmed;
    Ok(())
}
