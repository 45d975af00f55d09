//! What the store answers: the outcome of a commit, a claimed saga, a delivery that is due.

use super::{Delivery, KeyRow, Order, Saga, SagaId};

/// What became of a commit. Only this is evidence, never a later read that finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It applied, now or when it was sent before.
    Applied,
    /// Somebody stepped in: the version is another, the epoch is not. Read again, and apply the same event again.
    Stale,
    /// Somebody else owns the saga: stop.
    Fenced,
    /// The idempotency key is taken, by this row.
    KeyTaken(Box<KeyRow>),
}

/// A saga that this replica owns now, with its order.
#[derive(Debug, Clone)]
pub enum Claimed {
    /// It can be driven.
    Ready(Box<Saga>, Box<Order>),
    /// Its row cannot be read: it was parked as NEEDS_ATTENTION.
    Parked(SagaId, String),
}

/// A delivery that this replica sends now.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// What to send.
    pub delivery: Delivery,
    /// The order that it tells about: the contact is read from it now.
    pub order: Order,
}
