//! What a caller asks for, parsed: nothing further in takes a bare text for an id or a bare number for money.

use std::collections::BTreeMap;

use super::{
    Claim, Contact, EventId, Money, OrderId, OrderState, OrganizationId, SagaId, SeatId, Secret,
    UserId,
};

/// Book these seats for this buyer.
#[derive(Debug, Clone)]
pub struct CreateOrder {
    /// The tenant that sells.
    pub organization_id: OrganizationId,
    /// The buyer.
    pub user_id: UserId,
    /// What is booked.
    pub event_id: EventId,
    /// The seats, 1 to 50, none twice.
    pub tickets: Vec<TicketRequest>,
    /// How the buyer pays, such as `card`.
    pub method_type: String,
    /// The provider's token for it.
    pub token: Secret,
    /// Where the buyer is told.
    pub contact: Contact,
    /// What the total must turn out to be.
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
    /// The seat.
    pub seat_id: SeatId,
    /// Who sits there; may be empty.
    pub holder_name: String,
}

/// Do this to a saga that does not go on as it should.
#[derive(Debug, Clone)]
pub struct Operate {
    /// Which.
    pub saga_id: SagaId,
    /// What.
    pub operation: Operation,
    /// Why, in the operator's words; may be empty but where an order is resolved.
    pub note: String,
    /// The idempotency key, where the caller gave one.
    pub claim: Option<Claim>,
    /// Who asks, for the history.
    pub actor: String,
}

/// What operators do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Go on from the step that failed.
    Retry,
    /// Unwind.
    Compensate,
    /// End: the order was settled outside, and stands so.
    Resolve(OrderState),
}

/// Cancel this order.
#[derive(Debug, Clone)]
pub struct CancelOrder {
    /// Which.
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

/// Return money of this order.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Which.
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
