//! What the saga engine asks of a store, so that a simulated one can stand in.

use std::future::Future;
use std::time::Duration;

use super::Error;
use crate::domain::{
    Claimed, Commit, DeliveryId, DueDelivery, Order, Outcome, ReplicaId, Saga, SagaId, Timestamp,
};

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
