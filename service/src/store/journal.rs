//! What the saga engine asks of a store, so that a simulated one can stand in.

use std::future::Future;
use std::time::Duration;

use crate::order::{
    Commit, Delivery, DeliveryId, KeyRow, Order, ReplicaId, Saga, SagaId, Timestamp,
};

use super::Error;

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

/// What the saga engine needs of a store.
pub trait Journal: Send + Sync + 'static {
    /// Applies a commit whole and once. An error leaves its outcome in doubt: send the same commit again.
    fn commit(&self, commit: Commit) -> impl Future<Output = Result<Outcome, Error>> + Send;

    /// Takes over at most `limit` due sagas of these plans whose lease has ended, raising their epochs.
    fn claim(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Claimed>, Error>> + Send;

    /// Extends the lease of those of these sagas that `owner` still has at that epoch, and names them.
    fn renew(
        &self,
        owner: &ReplicaId,
        sagas: &[(SagaId, i64)],
    ) -> impl Future<Output = Result<Vec<SagaId>, Error>> + Send;

    /// Gives up every lease of `owner`, so that others claim at once. Answers how many.
    fn give_up(&self, owner: &ReplicaId) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Reads a saga with its order.
    fn load(
        &self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<(Saga, Order)>, Error>> + Send;

    /// The database's time, as last heard and carried on by this process's monotonic clock.
    fn now(&self) -> Timestamp;
}

/// What the courier asks of a store.
pub trait Outbox: Send + Sync + 'static {
    /// Leases at most `limit` due deliveries, in order per order and kind.
    fn claim_deliveries(
        &self,
        owner: &ReplicaId,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DueDelivery>, Error>> + Send;

    /// These were taken by their receivers.
    fn delivered(&self, taken: &[DeliveryId]) -> impl Future<Output = Result<(), Error>> + Send;

    /// This one was not: it is tried again after a pause, or is dead without one.
    fn delivery_failed(
        &self,
        delivery_id: DeliveryId,
        error: &str,
        retry_after: Option<Duration>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
