//! What callers ask to see: filters, and pages by the last thing seen.

use uuid::Uuid;

use super::{
    DeliveryKind, DeliveryState, EventId, OrderId, OrderState, OrganizationId, SagaState,
    Timestamp, UserId,
};

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFilter {
    /// This tenant's.
    pub organization_id: OrganizationId,
    /// Only this buyer's.
    pub user_id: Option<UserId>,
    /// Only this event's.
    pub event_id: Option<EventId>,
    /// Only in one of these states; any when empty.
    pub states: Vec<OrderState>,
    /// Only made at this time or later.
    pub create_time_after: Option<Timestamp>,
    /// Only made before this time.
    pub create_time_before: Option<Timestamp>,
}

/// Which sagas to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SagaFilter {
    /// Only this tenant's.
    pub organization_id: Option<OrganizationId>,
    /// Only this order's.
    pub order_id: Option<OrderId>,
    /// Only runs of this plan.
    pub kind: Option<String>,
    /// Only in one of these states; any when empty.
    pub states: Vec<SagaState>,
    /// Only those that need attention, or that nobody claimed for 10 leases after they were due.
    pub stuck_only: bool,
}

/// Which ledger entries to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerFilter {
    /// This tenant's.
    pub organization_id: OrganizationId,
    /// Only this order's.
    pub order_id: Option<OrderId>,
    /// Only this account's, by its name; one that there is not has no entries.
    pub account: Option<String>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    /// Only this tenant's.
    pub organization_id: Option<OrganizationId>,
    /// Only this order's.
    pub order_id: Option<OrderId>,
    /// Only of this kind.
    pub kind: Option<DeliveryKind>,
    /// Only in one of these states; any when empty.
    pub states: Vec<DeliveryState>,
}

/// The last thing of the page before: the next page goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When that thing was made.
    pub create_time: Timestamp,
    /// Its id, which orders things made at one time.
    pub id: Uuid,
}

/// Which part of a list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Behind this; from the newest when none.
    pub after: Option<Cursor>,
    /// At most this many, 1 to 1000.
    pub size: usize,
}

/// One part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The things, newest first.
    pub items: Vec<T>,
    /// Where the next page goes on; none on the last.
    pub next: Option<Cursor>,
}
