//! The traits through which the engine uses the store, so that a test can substitute another implementation.

use std::future::Future;
use std::time::Duration;

use sea_orm::EntityTrait as _;

use super::connection::bounded;
use super::entity::saga;
use super::{Error, Store, row};
use crate::domain::{
    Claimed, Commit, DeliveryId, DeliveryKind, DueDelivery, Order, Outcome, ReplicaId, Saga,
    SagaId, Timestamp,
};

/// Ownership of sagas by replicas.
pub trait Leases: Send + Sync + 'static {
    /// Claims at most `limit` due sagas of these plans (kind and version) that have no live lease, raising their
    /// epochs. A saga whose row cannot be decoded is parked as NEEDS_ATTENTION.
    fn claim(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Claimed>, Error>> + Send;

    /// Extends the leases of those of these sagas (id and epoch) that `owner` still holds, and returns their ids.
    fn renew(
        &self,
        owner: &ReplicaId,
        sagas: &[(SagaId, i64)],
    ) -> impl Future<Output = Result<Vec<SagaId>, Error>> + Send;

    /// Releases every lease of `owner`, so that other replicas can claim at once. Returns how many.
    fn give_up(&self, owner: &ReplicaId) -> impl Future<Output = Result<u64, Error>> + Send;
}

/// The durable log of sagas and orders.
pub trait Journal: Leases {
    /// Applies a commit atomically and at most once. After an error the outcome is unknown: send the same commit again.
    ///
    /// A dropped future may still apply the commit.
    fn commit(&self, commit: Commit) -> impl Future<Output = Result<Outcome, Error>> + Send;

    /// Reads a saga with its order. `None` if there is no such saga.
    fn load(
        &self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<(Saga, Order)>, Error>> + Send;

    /// The database's time as estimated by the store's clock. Never goes backwards.
    fn now(&self) -> Timestamp;
}

/// The outbox as the delivery loop uses it.
pub trait Outbox: Send + Sync + 'static {
    /// Claims and leases at most `limit` due deliveries of this kind, in order per order and kind (RULE 25).
    fn claim_deliveries(
        &self,
        owner: &ReplicaId,
        kind: DeliveryKind,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DueDelivery>, Error>> + Send;

    /// Marks these deliveries as DELIVERED.
    fn delivered(
        &self,
        deliveries: &[DeliveryId],
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Records a failed attempt: the delivery is due again after `retry_after`, or DEAD if that is `None`.
    fn delivery_failed(
        &self,
        delivery_id: DeliveryId,
        error: &str,
        retry_after: Option<Duration>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

impl Journal for Store {
    async fn commit(&self, commit: Commit) -> Result<Outcome, Error> {
        self.committer.commit(commit).await
    }

    async fn load(&self, saga_id: SagaId) -> Result<Option<(Saga, Order)>, Error> {
        let found = saga::Entity::find_by_id(saga_id.uuid());
        let Some(found) = bounded("read a saga", found.one(&self.pools.reads)).await? else {
            return Ok(None);
        };
        let saga = row::to_saga(found)?;
        let order = self.order(saga.order_id).await?;
        let order = order.ok_or_else(|| Error::Corrupt {
            what: "saga",
            id: saga_id.to_string(),
            why: format!("its order {} is missing", saga.order_id),
        })?;
        Ok(Some((saga, order)))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
