//! Which replica drives which saga: claims, renewals and releases, all by the database's clock.

mod claim;
mod park;

use std::collections::HashMap;
use std::time::Instant;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{DbBackend, QueryOrder, QuerySelect};

use super::clock::now_us;
use super::connection::{begin, bounded};
use super::entity::{delivery, order, saga};
use super::journal::Leases;
use super::{Error, Store, row};
use crate::domain::{Claimed, ReplicaId, Saga, SagaId};

impl Leases for Store {
    /// If the future is dropped, sagas may stay claimed: they are due again when the lease ends.
    async fn claim(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> Result<Vec<Claimed>, Error> {
        if plans.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let sent = Instant::now();
        let rows = bounded("claim sagas", self.lease_sagas(owner, plans, limit)).await?;
        if let Some(until_us) = rows.iter().find_map(|row| row.lease_until_us) {
            let now_us = until_us - self.lease_us();
            self.clock.observe(sent, Instant::now(), now_us);
        }
        let orders = rows.iter().map(|row| row.order_id);
        let orders = order::Entity::find().filter(order::Column::OrderId.is_in(orders));
        let orders = bounded("read orders", orders.all(&self.pools.leases)).await?;
        let orders: HashMap<_, _> = orders.into_iter().map(|row| (row.order_id, row)).collect();
        let mut claimed = Vec::with_capacity(rows.len());
        for found in rows {
            let order = orders.get(&found.order_id).cloned();
            claimed.push(match decode(found.clone(), order) {
                Ok(ready) => ready,
                Err(why) => self.park(found, why).await?,
            });
        }
        Ok(claimed)
    }

    /// If the future is dropped, the leases may have been extended or not.
    async fn renew(
        &self,
        owner: &ReplicaId,
        sagas: &[(SagaId, i64)],
    ) -> Result<Vec<SagaId>, Error> {
        if sagas.is_empty() {
            return Ok(Vec::new());
        }
        let epochs: HashMap<_, _> = sagas.iter().copied().collect();
        let renewing = async {
            let transaction = begin(&self.pools.leases).await?;
            let backend = transaction.get_database_backend();
            let mut held = saga::Entity::find()
                .filter(saga::Column::Owner.eq(owner.as_str()))
                .filter(saga::Column::SagaId.is_in(epochs.keys().map(|id| id.uuid())))
                // The order in which commits lock the rows.
                .order_by_asc(saga::Column::OrderId)
                .order_by_asc(saga::Column::SagaId)
                .select_only()
                .columns([saga::Column::SagaId, saga::Column::Epoch]);
            if backend == DbBackend::Postgres {
                held = held.lock(LockType::NoKeyUpdate);
            }
            let held: Vec<(Uuid, i64)> = held.into_tuple().all(&transaction).await?;
            let held: Vec<Uuid> = held
                .into_iter()
                .filter(|(id, epoch)| epochs.get(&SagaId::from(*id)) == Some(epoch))
                .map(|(id, _)| id)
                .collect();
            let until_us = Expr::cust(format!("{} + {}", now_us(backend), self.lease_us()));
            saga::Entity::update_many()
                .col_expr(saga::Column::LeaseUntilUs, until_us)
                .filter(saga::Column::SagaId.is_in(held.iter().copied()))
                .exec(&transaction)
                .await?;
            transaction.commit().await?;
            Ok(held)
        };
        let held = bounded("renew leases", renewing).await?;
        Ok(held.into_iter().map(SagaId::from).collect())
    }

    /// If the future is dropped, either every lease was released or none.
    async fn give_up(&self, owner: &ReplicaId) -> Result<u64, Error> {
        let releasing = async {
            let transaction = begin(&self.pools.leases).await?;
            let sagas = saga::Entity::update_many()
                .col_expr(saga::Column::Owner, Expr::value(None::<String>))
                .col_expr(saga::Column::LeaseUntilUs, Expr::value(None::<i64>))
                .filter(saga::Column::Owner.eq(owner.as_str()))
                // A saga that is never due needs no release; this also makes the statement use the small partial index.
                .filter(Expr::col("wake_us").is_not_null())
                .exec(&transaction)
                .await?;
            let deliveries = delivery::Entity::update_many()
                .col_expr(delivery::Column::Owner, Expr::value(None::<String>))
                .col_expr(delivery::Column::LeaseUntilUs, Expr::value(None::<i64>))
                .filter(delivery::Column::Owner.eq(owner.as_str()))
                .filter(delivery::Column::DueUs.is_not_null())
                .exec(&transaction)
                .await?;
            transaction.commit().await?;
            Ok(sagas.rows_affected + deliveries.rows_affected)
        };
        bounded("release leases", releasing).await
    }
}

fn decode(found: saga::Model, order: Option<order::Model>) -> Result<Claimed, String> {
    let saga: Saga = row::to_saga(found).map_err(|error| error.to_string())?;
    let order = order.ok_or_else(|| format!("its order {} is missing", saga.order_id))?;
    let order = row::to_order(order).map_err(|error| error.to_string())?;
    Ok(Claimed::Ready(Box::new(saga), Box::new(order)))
}
