//! What an audit finds: two accounts of one thing that differ.

use crate::domain::OrderId;

/// What kind of thing disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A row names an order that there is not.
    OrderMissing,
    /// A row of an order cannot be read.
    OrderUnreadable,
    /// No saga of an order is open, and it has not ended.
    OrderUnfinished,
    /// An order and the ends of its sagas.
    OrderSaga,
    /// An order's amounts among themselves.
    OrderMoney,
    /// An order and its tickets.
    OrderTickets,
    /// A ledger transaction that does not balance.
    LedgerUnbalanced,
    /// An order and its ledger entries.
    LedgerMoney,
    /// An order and the usage that was recorded for it.
    UsageOutbox,
    /// An order and the notifications that were written for it.
    NotificationOutbox,
    /// An order and its payment.
    PaymentMoney,
    /// An order and the seats that Inventory keeps for it.
    InventorySeats,
    /// More than one capture took money for an order.
    CapturedTwice,
    /// A notification that was delivered and the ones that were received.
    NotificationReceived,
    /// The usage that was delivered for a tenant and what was received.
    UsageReceived,
}

impl Kind {
    /// The name that is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderMissing => "order_missing",
            Self::OrderUnreadable => "order_unreadable",
            Self::OrderUnfinished => "order_unfinished",
            Self::OrderSaga => "order_saga",
            Self::OrderMoney => "order_money",
            Self::OrderTickets => "order_tickets",
            Self::LedgerUnbalanced => "ledger_unbalanced",
            Self::LedgerMoney => "ledger_money",
            Self::UsageOutbox => "usage_outbox",
            Self::NotificationOutbox => "notification_outbox",
            Self::PaymentMoney => "payment_money",
            Self::InventorySeats => "inventory_seats",
            Self::CapturedTwice => "captured_twice",
            Self::NotificationReceived => "notification_received",
            Self::UsageReceived => "usage_received",
        }
    }
}

/// One disagreement. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What disagrees.
    pub kind: Kind,
    /// What it is about: the name of an id, such as `order_id`, and the id.
    pub ids: Vec<(&'static str, String)>,
    /// What follows from the one account.
    pub expected: String,
    /// What the other says.
    pub found: String,
}

/// The findings about one order, as they are made.
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

    /// Notes a disagreement of the order with the thing of this id.
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

    /// Notes it where the two differ.
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
