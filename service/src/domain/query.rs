//! Queries: filters and keyset pages. Every condition of a filter must hold.

use uuid::Uuid;

use super::{
    DeliveryKind, DeliveryState, EventId, OrderId, OrderState, OrganizationId, SagaState,
    Timestamp, UserId,
};

/// A filter for orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFilter {
    /// The tenant, always required.
    pub organization_id: OrganizationId,
    pub user_id: Option<UserId>,
    /// The event whose seats are sold.
    pub event_id: Option<EventId>,
    /// The states to include; empty includes all states.
    pub states: Vec<OrderState>,
    /// Lower bound of the creation time, inclusive.
    pub create_time_after: Option<Timestamp>,
    /// Upper bound of the creation time, exclusive.
    pub create_time_before: Option<Timestamp>,
}

/// A filter for sagas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SagaFilter {
    /// The tenant; `None` for all tenants.
    pub organization_id: Option<OrganizationId>,
    /// The order; `None` for all orders.
    pub order_id: Option<OrderId>,
    /// The plan's name, such as `book_tickets`.
    pub kind: Option<String>,
    /// The states to include; empty includes all states.
    pub states: Vec<SagaState>,
    /// Only sagas in NEEDS_ATTENTION, or due for 10 leases without a live lease (RULE 16).
    pub stuck_only: bool,
}

/// A filter for ledger entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerFilter {
    /// The tenant, always required.
    pub organization_id: OrganizationId,
    /// The order; `None` for all orders.
    pub order_id: Option<OrderId>,
    /// The account's name; an unknown name matches no entries.
    pub account: Option<String>,
}

/// A filter for deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    /// The tenant; `None` for all tenants.
    pub organization_id: Option<OrganizationId>,
    /// The order; `None` for all orders.
    pub order_id: Option<OrderId>,
    /// The kind; `None` for all kinds.
    pub kind: Option<DeliveryKind>,
    /// The states to include; empty includes all states.
    pub states: Vec<DeliveryState>,
}

/// The position of the last item of a page; the next page starts after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The item's creation time.
    pub create_time: Timestamp,
    /// The item's id, which orders items of equal creation time.
    pub id: Uuid,
}

/// A request for one page, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the previous page ended; `None` for the first page.
    pub after: Option<Cursor>,
    /// Most items of the page, 1 to 1000.
    pub size: usize,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The position to continue from; `None` on the last page.
    pub next: Option<Cursor>,
}
