//! Deliveries on their way out: claims, results, and retries by operators. In order per order and kind (RULE 25).

mod claim;
mod retry;

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::clock::now_us;
use super::connection::bounded;
use super::entity::{delivery, order};
use super::{Error, Store, journal, row};
use crate::domain::{
    Delivery, DeliveryId, DeliveryKind, DeliveryState, DueDelivery, Order, ReplicaId,
};

pub use retry::RetryOutcome;

impl journal::Outbox for Store {
    /// A USAGE delivery waits for every earlier one of its order that is not DELIVERED; a NOTIFICATION only for those
    /// that are PENDING. A delivery whose row cannot be decoded becomes DEAD.
    ///
    /// If the future is dropped, deliveries may stay leased: they are due again when the lease ends.
    async fn claim_deliveries(
        &self,
        owner: &ReplicaId,
        kind: DeliveryKind,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, Error> {
        let rows = bounded(
            "claim deliveries",
            self.lease_deliveries(owner, kind, limit),
        )
        .await?;
        let orders = rows.iter().map(|row| row.order_id);
        let orders = order::Entity::find().filter(order::Column::OrderId.is_in(orders));
        let orders = bounded("read orders", orders.all(&self.pools.outbox)).await?;
        let orders: HashMap<_, _> = orders.into_iter().map(|row| (row.order_id, row)).collect();
        let mut due = Vec::with_capacity(rows.len());
        for found in rows {
            let delivery_id = DeliveryId::from(found.delivery_id);
            let order = orders.get(&found.order_id).cloned();
            match decode(found, order) {
                Ok((delivery, order)) => due.push(DueDelivery { delivery, order }),
                Err(why) => self.delivery_failed(delivery_id, &why, None).await?,
            }
        }
        due.sort_by_key(|due| (due.delivery.create_time, due.delivery.delivery_id));
        Ok(due)
    }

    /// If the future is dropped, the deliveries may be sent again.
    async fn delivered(&self, deliveries: &[DeliveryId]) -> Result<(), Error> {
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
        bounded("record deliveries", done.exec(&self.pools.outbox))
            .await
            .map(drop)
    }

    /// A delivery that is DELIVERED already stays so. If the future is dropped, the delivery is due again when its
    /// lease ends.
    async fn delivery_failed(
        &self,
        delivery_id: DeliveryId,
        error: &str,
        retry_after: Option<Duration>,
    ) -> Result<(), Error> {
        use delivery::Column;
        let backend = self.pools.outbox.get_database_backend();
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
        bounded("record a failed delivery", failed.exec(&self.pools.outbox))
            .await
            .map(drop)
    }
}

fn decode(
    found: delivery::Model,
    order: Option<order::Model>,
) -> Result<(Delivery, Order), String> {
    let delivery = row::to_delivery(found).map_err(|error| error.to_string())?;
    let order = order.ok_or_else(|| format!("its order {} is missing", delivery.order_id))?;
    let order = row::to_order(order).map_err(|error| error.to_string())?;
    Ok((delivery, order))
}
