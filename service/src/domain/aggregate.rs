//! The order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Charges, EventId, Money, OrderId, OrderState, OrganizationId, PaymentState, Reason, Refund,
    SagaId, SeatId, TicketState, Timestamp, UserId,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub order_id: OrderId,
    /// The tenant that sells.
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub event_id: EventId,
    pub state: OrderState,
    /// One per seat, in the order asked for.
    pub tickets: Vec<Ticket>,
    /// Subtotal, fee, tax and total, once Inventory has priced the seats.
    pub charges: Option<Charges>,
    /// The captured amount; `None` before the seats are priced.
    pub captured: Option<Money>,
    /// The refunded amount.
    pub refunded: Option<Money>,
    /// The payment behind it.
    pub payment: Payment,
    /// Every refund begun, oldest first.
    pub refunds: Vec<Refund>,
    /// The hold that keeps the seats.
    pub hold_id: Option<String>,
    /// The booking at Inventory.
    pub booking_id: Option<String>,
    /// Why the order failed, expired or was cancelled.
    pub failure: Option<Failure>,
    /// Contact of the buyer, for notifications.
    pub contact: Contact,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// The saga `book_tickets` that makes it.
    pub saga_id: SagaId,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// When its seats are given back, unless booked by then.
    pub expire_time: Option<Timestamp>,
    /// Increases with every write.
    pub version: i64,
}

/// One seat of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub seat_id: SeatId,
    /// The seat as a person reads it; empty until held.
    pub seat_label: String,
    /// Who sits there; may be empty.
    pub holder_name: String,
    /// What it costs, once priced.
    pub price: Option<Money>,
    /// The ticket's name, once booked.
    pub ticket_id: Option<String>,
    pub state: TicketState,
}

/// The payment behind an order, as last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its name at the Payment service, once known.
    pub payment_id: Option<String>,
    pub state: PaymentState,
    /// How the buyer pays, such as `card`.
    pub method_type: String,
    /// Where the buyer must go, while the payment requires action.
    pub redirect_url: Option<String>,
}

/// Why an order did not become a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One of the contract's reasons, such as `PAYMENT_DECLINED`.
    pub reason: Reason,
    /// The same for a person.
    pub message: String,
}

/// Contact of the buyer: at least one of the two is set. Never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// An e-mail address; may be empty.
    pub email: String,
    /// A phone number; may be empty.
    pub phone: String,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[contact]")
    }
}

impl Failure {
    /// A failure for this reason, with a message for people.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message }
    }
}

impl Order {
    /// The order's version as clients see it: changes with every change of the order.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// The seats whose tickets are BOOKED, in the order of the tickets.
    pub fn live_seats(&self) -> impl Iterator<Item = &str> {
        let live = self.tickets.iter();
        let live = live.filter(|ticket| ticket.state == TicketState::Booked);
        live.map(|ticket| ticket.seat_id.as_str())
    }
}
