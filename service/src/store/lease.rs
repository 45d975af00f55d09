//! Who drives which saga: claims, renewals and giving up, all by the database's clock.
//!
//! A claim is one hand-written statement, because it must choose, lock and raise the epoch at once: between a choice
//! and an update of its own another replica could choose the same.

use std::collections::HashMap;
use std::time::Instant;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, IntoActiveModel, QueryOrder, QuerySelect, Statement, Value,
};

use super::entity::{delivery, history, order, saga};
use super::facts::now_us;
use super::fault::bounded;
use super::{Error, Store, row, sqlite};
use crate::domain::Claimed;
use crate::domain::{ReplicaId, Saga, SagaId, SagaState};

const COLUMNS: &str = "saga_id, kind, definition_version, organization_id, order_id, state, due_us, owner, \
     lease_until_us, epoch, version, commit_id, create_us, update_us, body";

impl Store {
    pub(super) async fn claim_due(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> Result<Vec<Claimed>, Error> {
        if plans.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let asked = Instant::now();
        let rows = bounded("claim sagas", self.raise_epochs(owner, plans, limit)).await?;
        if let Some(until_us) = rows.iter().find_map(|row| row.lease_until_us) {
            let now_us = until_us - self.lease_us();
            self.clock.hear(asked, Instant::now(), now_us);
        }
        let orders = rows.iter().map(|row| row.order_id);
        let orders = order::Entity::find().filter(order::Column::OrderId.is_in(orders));
        let orders = bounded("read orders", orders.all(&self.pools.reads)).await?;
        let orders: HashMap<_, _> = orders.into_iter().map(|row| (row.order_id, row)).collect();
        let mut claimed = Vec::with_capacity(rows.len());
        for found in rows {
            let order = orders.get(&found.order_id).cloned();
            claimed.push(match ready(found.clone(), order) {
                Ok(ready) => ready,
                Err(why) => self.park(found, why).await?,
            });
        }
        Ok(claimed)
    }

    async fn raise_epochs(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> Result<Vec<saga::Model>, DbErr> {
        let db = &self.pools.writes;
        let backend = db.get_database_backend();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut values: Vec<Value> =
            vec![owner.as_str().into(), self.lease_us().into(), limit.into()];
        let mut known = Vec::new();
        for (kind, version) in plans {
            values.push((*kind).into());
            values.push(i64::from(*version).into());
            known.push(format!(
                "(kind = ${} AND definition_version = ${})",
                values.len() - 1,
                values.len()
            ));
        }
        // On SQLite a statement that writes takes the file's lock before it reads, as BEGIN IMMEDIATE does. On Postgres
        // an array is looked up by primary key, whatever the planner thinks of the table's size.
        let (skip_locked, due) = if backend == DbBackend::Postgres {
            (
                "FOR NO KEY UPDATE SKIP LOCKED",
                "= ANY (ARRAY(SELECT saga_id FROM due))",
            )
        } else {
            ("", "IN (SELECT saga_id FROM due)")
        };
        // `wake_us` is the indexed, coarse form of what the two lines after it ask exactly.
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             due AS MATERIALIZED ( \
                 SELECT saga_id FROM saga_instances \
                 WHERE wake_us <= (SELECT us FROM clock) \
                   AND due_us <= (SELECT us FROM clock) \
                   AND (lease_until_us IS NULL OR lease_until_us < (SELECT us FROM clock)) \
                   AND ({known}) \
                 ORDER BY wake_us LIMIT $3 {skip_locked} \
             ) \
             UPDATE saga_instances SET epoch = epoch + 1, owner = $1, \
                 lease_until_us = (SELECT us FROM clock) + $2 \
             WHERE saga_id {due} RETURNING {COLUMNS}",
            now = now_us(backend),
            known = known.join(" OR "),
        );
        let claim = Statement::from_sql_and_values(backend, sql, values);
        saga::Entity::find().from_raw_sql(claim).all(db).await
    }

    /// Takes a saga whose row cannot be read out of everyone's way, where a person finds it.
    async fn park(&self, found: saga::Model, why: String) -> Result<Claimed, Error> {
        let line = row::parked(&found, &why, self.clock.now());
        let parking = async {
            let transaction = sqlite::begin(&self.pools.writes).await?;
            let parked = saga::Entity::update_many()
                .col_expr(
                    saga::Column::State,
                    Expr::value(SagaState::NeedsAttention.as_str()),
                )
                .col_expr(saga::Column::DueUs, Expr::value(None::<i64>))
                .col_expr(saga::Column::Owner, Expr::value(None::<String>))
                .col_expr(saga::Column::LeaseUntilUs, Expr::value(None::<i64>))
                .col_expr(saga::Column::Version, Expr::value(line.version))
                .col_expr(saga::Column::CommitId, Expr::value(line.commit_id))
                .filter(saga::Column::SagaId.eq(found.saga_id))
                .filter(saga::Column::Epoch.eq(found.epoch))
                .filter(saga::Column::Version.eq(found.version))
                .exec(&transaction)
                .await?;
            if parked.rows_affected == 1 {
                let line = history::Entity::insert(line.into_active_model());
                line.exec_without_returning(&transaction).await?;
            }
            transaction.commit().await
        };
        bounded("park a saga", parking).await?;
        Ok(Claimed::Parked(found.saga_id.into(), why))
    }

    pub(super) async fn extend(
        &self,
        owner: &ReplicaId,
        sagas: &[(SagaId, i64)],
    ) -> Result<Vec<SagaId>, Error> {
        if sagas.is_empty() {
            return Ok(Vec::new());
        }
        let epochs: HashMap<_, _> = sagas.iter().copied().collect();
        let extending = async {
            let transaction = sqlite::begin(&self.pools.writes).await?;
            let backend = transaction.get_database_backend();
            let mut mine = saga::Entity::find()
                .filter(saga::Column::Owner.eq(owner.as_str()))
                .filter(saga::Column::SagaId.is_in(epochs.keys().map(|id| id.uuid())))
                // The order in which commits lock them.
                .order_by_asc(saga::Column::OrderId)
                .order_by_asc(saga::Column::SagaId)
                .select_only()
                .columns([saga::Column::SagaId, saga::Column::Epoch]);
            if backend == DbBackend::Postgres {
                mine = mine.lock(sea_orm::sea_query::LockType::NoKeyUpdate);
            }
            let mine: Vec<(Uuid, i64)> = mine.into_tuple().all(&transaction).await?;
            let mine: Vec<Uuid> = mine
                .into_iter()
                .filter(|(id, epoch)| epochs.get(&SagaId::from(*id)) == Some(epoch))
                .map(|(id, _)| id)
                .collect();
            let until_us = Expr::cust(format!("{} + {}", now_us(backend), self.lease_us()));
            saga::Entity::update_many()
                .col_expr(saga::Column::LeaseUntilUs, until_us)
                .filter(saga::Column::SagaId.is_in(mine.iter().copied()))
                .exec(&transaction)
                .await?;
            transaction.commit().await?;
            Ok(mine)
        };
        let mine = bounded("renew leases", extending).await?;
        Ok(mine.into_iter().map(SagaId::from).collect())
    }

    pub(super) async fn release(&self, owner: &ReplicaId) -> Result<u64, Error> {
        let releasing = async {
            let transaction = sqlite::begin(&self.pools.writes).await?;
            let sagas = saga::Entity::update_many()
                .col_expr(saga::Column::Owner, Expr::value(None::<String>))
                .col_expr(saga::Column::LeaseUntilUs, Expr::value(None::<i64>))
                .filter(saga::Column::Owner.eq(owner.as_str()))
                // Only sagas that are due ever are worth giving up; their index is small.
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
        bounded("give up leases", releasing).await
    }
}

fn ready(found: saga::Model, order: Option<order::Model>) -> Result<Claimed, String> {
    let saga: Saga = row::to_saga(found).map_err(|error| error.to_string())?;
    let order = order.ok_or_else(|| format!("its order {} is missing", saga.order_id))?;
    let order = row::to_order(order).map_err(|error| error.to_string())?;
    Ok(Claimed::Ready(Box::new(saga), Box::new(order)))
}
