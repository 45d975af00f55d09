//! Deliveries: which are due, who sends them, and what became of them. In order per order and kind (RULE 25).

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DbBackend, DbErr, Statement, Value};

use super::entity::{delivery, order};
use super::facts::now_us;
use super::fault::bounded;
use super::{Error, Store, row};
use crate::domain::DueDelivery;
use crate::domain::{Delivery, DeliveryId, DeliveryState, Order, ReplicaId};

const COLUMNS: &str = "delivery_id, order_id, organization_id, kind, state, attempts, last_error, due_us, owner, \
     lease_until_us, create_us, body";

impl Store {
    /// Takes at most `limit` deliveries that are due and that nobody else is sending, and leases them. A usage row
    /// waits behind an earlier one of its order that is not delivered, or never will be; a notification only behind
    /// one that still may be. A row that cannot be read becomes DEAD, and the rest go on.
    ///
    /// Dropped, it may leave deliveries leased: they are due again when the lease ends.
    pub async fn claim_deliveries(
        &self,
        owner: &ReplicaId,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, Error> {
        let rows = bounded("claim deliveries", self.lease_deliveries(owner, limit)).await?;
        let orders = rows.iter().map(|row| row.order_id);
        let orders = order::Entity::find().filter(order::Column::OrderId.is_in(orders));
        let orders = bounded("read orders", orders.all(&self.pools.reads)).await?;
        let orders: HashMap<_, _> = orders.into_iter().map(|row| (row.order_id, row)).collect();
        let mut due = Vec::with_capacity(rows.len());
        for found in rows {
            let delivery_id = DeliveryId::from(found.delivery_id);
            let order = orders.get(&found.order_id).cloned();
            match readable(found, order) {
                Ok((delivery, order)) => due.push(DueDelivery { delivery, order }),
                Err(why) => self.delivery_failed(delivery_id, &why, None).await?,
            }
        }
        due.sort_by_key(|due| (due.delivery.create_time, due.delivery.delivery_id));
        Ok(due)
    }

    /// By hand for the same reason as a claim of sagas: to choose, to lock and to lease at once.
    async fn lease_deliveries(
        &self,
        owner: &ReplicaId,
        limit: usize,
    ) -> Result<Vec<delivery::Model>, DbErr> {
        let db = &self.pools.writes;
        let backend = db.get_database_backend();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values: [Value; 3] = [owner.as_str().into(), self.lease_us().into(), limit.into()];
        let (skip_locked, due) = if backend == DbBackend::Postgres {
            (
                "FOR NO KEY UPDATE OF d SKIP LOCKED",
                "= ANY (ARRAY(SELECT delivery_id FROM due))",
            )
        } else {
            ("", "IN (SELECT delivery_id FROM due)")
        };
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             due AS MATERIALIZED ( \
                 SELECT d.delivery_id FROM outbox d \
                 WHERE d.due_us <= (SELECT us FROM clock) \
                   AND (d.lease_until_us IS NULL OR d.lease_until_us < (SELECT us FROM clock)) \
                   AND NOT EXISTS ( \
                       SELECT 1 FROM outbox e \
                       WHERE e.order_id = d.order_id AND e.kind = d.kind \
                         AND (e.create_us, e.delivery_id) < (d.create_us, d.delivery_id) \
                         AND (e.state = 'PENDING' OR (e.state = 'DEAD' AND e.kind = 'USAGE')) \
                   ) \
                 ORDER BY d.due_us LIMIT $3 {skip_locked} \
             ) \
             UPDATE outbox SET owner = $1, lease_until_us = (SELECT us FROM clock) + $2 \
             WHERE delivery_id {due} RETURNING {COLUMNS}",
            now = now_us(backend),
        );
        let claim = Statement::from_sql_and_values(backend, sql, values);
        let claimed = delivery::Entity::find().from_raw_sql(claim);
        claimed.all(db).await
    }

    /// Notes that these were delivered. Dropped, they may be sent again.
    pub async fn delivered(&self, deliveries: &[DeliveryId]) -> Result<(), Error> {
        use delivery::Column;
        if deliveries.is_empty() {
            return Ok(());
        }
        let done = delivery::Entity::update_many()
            .col_expr(
                Column::State,
                Expr::value(DeliveryState::Delivered.as_str()),
            )
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::DueUs, Expr::value(None::<i64>))
            .col_expr(Column::Owner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntilUs, Expr::value(None::<i64>))
            .filter(Column::DeliveryId.is_in(deliveries.iter().map(|id| id.uuid())))
            .filter(Column::State.eq(DeliveryState::Pending.as_str()));
        bounded("note deliveries", done.exec(&self.pools.writes))
            .await
            .map(drop)
    }

    /// Notes that this was not delivered: it is due again after a while, or DEAD. What was delivered stays so.
    /// Dropped, it is due again when its lease ends.
    pub async fn delivery_failed(
        &self,
        delivery_id: DeliveryId,
        error: &str,
        retry_after: Option<Duration>,
    ) -> Result<(), Error> {
        use delivery::Column;
        let backend = self.pools.writes.get_database_backend();
        let (state, due_us) = match retry_after {
            Some(wait) => {
                let due_us = format!("{} + {}", now_us(backend), wait.as_micros());
                (DeliveryState::Pending, Expr::cust(due_us))
            }
            None => (DeliveryState::Dead, Expr::value(None::<i64>)),
        };
        let failed = delivery::Entity::update_many()
            .col_expr(Column::State, Expr::value(state.as_str()))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LastError, Expr::value(row::text(error)))
            .col_expr(Column::DueUs, due_us)
            .col_expr(Column::Owner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntilUs, Expr::value(None::<i64>))
            .filter(Column::DeliveryId.eq(delivery_id.uuid()))
            .filter(Column::State.eq(DeliveryState::Pending.as_str()));
        bounded("note a failed delivery", failed.exec(&self.pools.writes))
            .await
            .map(drop)
    }
}

fn readable(
    found: delivery::Model,
    order: Option<order::Model>,
) -> Result<(Delivery, Order), String> {
    let delivery = row::to_delivery(found).map_err(|error| error.to_string())?;
    let order = order.ok_or_else(|| format!("its order {} is missing", delivery.order_id))?;
    let order = row::to_order(order).map_err(|error| error.to_string())?;
    Ok((delivery, order))
}
