//! Parsed requests: inner rooms take no bare text for an id and no bare number for money.

use std::collections::BTreeMap;

use super::{
    Claim, Contact, EventId, Money, OrderId, OrderState, OrganizationId, SagaId, SeatId, Secret,
    UserId,
};

/// The command of CreateOrder.
#[derive(Debug, Clone)]
pub struct CreateOrder {
    /// The tenant that sells.
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub event_id: EventId,
    /// The seats, 1 to 50, none twice.
    pub tickets: Vec<TicketRequest>,
    /// How the buyer pays, such as `card`.
    pub method_type: String,
    /// The provider's token for it.
    pub token: Secret,
    /// Contact of the buyer, for notifications.
    pub contact: Contact,
    /// The total that the buyer expects; another total fails the order with PRICE_CHANGED.
    pub expected_total: Option<Money>,
    /// A hold to adopt.
    pub hold_id: Option<String>,
    /// Where the Payment service sends the buyer back to; may be empty.
    pub return_url: String,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// The idempotency key, where the caller gave one.
    pub claim: Option<Claim>,
    /// Who asks, for the history.
    pub actor: String,
}

/// One seat to book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRequest {
    pub seat_id: SeatId,
    /// Who sits there; may be empty.
    pub holder_name: String,
}

/// The command of RetrySaga, CompensateSaga and ResolveSaga.
#[derive(Debug, Clone)]
pub struct Operate {
    pub saga_id: SagaId,
    pub operation: Operation,
    /// Why, in the operator's words; may be empty but where an order is resolved.
    pub note: String,
    /// The idempotency key, where the caller gave one.
    pub claim: Option<Claim>,
    /// Who asks, for the history.
    pub actor: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Continue from the step that failed.
    Retry,
    Compensate,
    /// End the saga: the order was settled outside, in this state.
    Resolve(OrderState),
}

#[derive(Debug, Clone)]
pub struct CancelOrder {
    pub order_id: OrderId,
    /// Why, in the caller's words; may be empty.
    pub reason: String,
    /// The order as the caller saw it, where that matters.
    pub etag: Option<String>,
    /// The idempotency key, where the caller gave one.
    pub claim: Option<Claim>,
    /// Who asks, for the history.
    pub actor: String,
}

/// The command of RefundOrder.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    pub order_id: OrderId,
    /// How much, more than nothing; none: the seats' share, or without seats all that is left.
    pub amount: Option<Money>,
    /// The seats to give back, none twice; none: money only.
    pub seat_ids: Vec<SeatId>,
    /// Why, in the caller's words; may be empty.
    pub reason: String,
    /// The order as the caller saw it, where that matters.
    pub etag: Option<String>,
    /// The idempotency key, where the caller gave one.
    pub claim: Option<Claim>,
    /// Who asks, for the history.
    pub actor: String,
}
