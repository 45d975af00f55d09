//! Findings of an audit: two sources that disagree about one fact.

use crate::domain::OrderId;

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A row names an order that does not exist.
    OrderMissing,
    /// A row of an order cannot be decoded.
    OrderUnreadable,
    /// No saga of an order is open, and it has not ended.
    OrderUnfinished,
    /// A saga of an order has been open for too long.
    OrderOverdue,
    /// An order's state contradicts the states of its sagas.
    OrderSaga,
    /// An order's amounts contradict each other.
    OrderMoney,
    /// An order's state contradicts its tickets.
    OrderTickets,
    /// A ledger transaction that does not balance.
    LedgerUnbalanced,
    /// An order contradicts its ledger entries.
    LedgerMoney,
    /// An order contradicts its recorded usage.
    UsageOutbox,
    /// The usage of an order was refused for good: its delivery is DEAD.
    UsageDead,
    /// Two orders have the same seat of an event.
    SeatSoldTwice,
    /// An order contradicts its notifications in the outbox.
    NotificationOutbox,
    /// An order contradicts its payment at the Payment service.
    PaymentMoney,
    /// An order contradicts its seats at Inventory.
    InventorySeats,
    /// An order was captured more than once.
    CapturedTwice,
    /// A delivered notification was not received.
    NotificationReceived,
    /// The delivered usage of a tenant differs from what was received.
    UsageReceived,
}

impl Kind {
    /// The name that is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderMissing => "order_missing",
            Self::OrderUnreadable => "order_unreadable",
            Self::OrderUnfinished => "order_unfinished",
            Self::OrderOverdue => "order_overdue",
            Self::OrderSaga => "order_saga",
            Self::OrderMoney => "order_money",
            Self::OrderTickets => "order_tickets",
            Self::LedgerUnbalanced => "ledger_unbalanced",
            Self::LedgerMoney => "ledger_money",
            Self::UsageOutbox => "usage_outbox",
            Self::UsageDead => "usage_dead",
            Self::SeatSoldTwice => "seat_sold_twice",
            Self::NotificationOutbox => "notification_outbox",
            Self::PaymentMoney => "payment_money",
            Self::InventorySeats => "inventory_seats",
            Self::CapturedTwice => "captured_twice",
            Self::NotificationReceived => "notification_received",
            Self::UsageReceived => "usage_received",
        }
    }
}

/// One finding. Contains no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind, printed first.
    pub kind: Kind,
    /// The subject: the name of an id, such as `order_id`, and the id.
    pub ids: Vec<(&'static str, String)>,
    /// The value that the first source implies.
    pub expected: String,
    /// The value of the other source.
    pub found: String,
}

/// Collects the findings about one order.
#[derive(Debug)]
pub(super) struct Findings {
    order_id: OrderId,
    pub(super) all: Vec<Finding>,
}

impl Findings {
    pub(super) const fn about(order_id: OrderId) -> Self {
        Self {
            order_id,
            all: Vec::new(),
        }
    }

    /// Adds a finding about the object with this id.
    pub(super) fn note(
        &mut self,
        kind: Kind,
        other: Option<(&'static str, String)>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let mut ids = vec![("order_id", self.order_id.to_string())];
        ids.extend(other);
        self.all.push(Finding {
            kind,
            ids,
            expected: expected.into(),
            found: found.into(),
        });
    }

    /// Adds a finding if the two differ.
    pub(super) fn compare<T: PartialEq + ToString>(
        &mut self,
        kind: Kind,
        what: &str,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            let (expected, found) = (expected.to_string(), found.to_string());
            self.note(
                kind,
                None,
                format!("{what} {expected}"),
                format!("{what} {found}"),
            );
        }
    }
}
