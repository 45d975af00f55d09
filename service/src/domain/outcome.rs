//! Results of the store: the outcome of a commit, a claimed saga, a due delivery.

use super::{Delivery, KeyRow, Order, Saga, SagaId};

/// The outcome of a commit. Only this proves whether it applied; a later read that finds nothing does not (RULE 13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The commit applied, now or when it was sent before.
    Applied,
    /// Another commit changed the version but not the epoch. Read the saga again and apply the same event to it (RULE
    /// 12).
    Stale,
    /// Another replica owns the saga. Stop driving it.
    Fenced,
    /// This row already holds the idempotency key.
    KeyTaken(Box<KeyRow>),
}

/// A claimed saga with its order.
#[derive(Debug, Clone)]
pub enum Claimed {
    /// The saga can be driven.
    Ready(Box<Saga>, Box<Order>),
    /// The saga's row cannot be decoded, for the reason given; the saga was parked as NEEDS_ATTENTION.
    Parked(SagaId, String),
}

/// A due delivery that this replica has leased.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    pub delivery: Delivery,
    /// The delivery's order, read at the claim; the contact is taken from it (RULE 25).
    pub order: Order,
}
