//! Reads orders with all their rows, page by page, for `audit`. Memory is bounded by one page.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::page::first_id;
use crate::domain::{Delivery, LedgerEntry, Order, OrderId, Saga, Timestamp};
use crate::store::connection::bounded;
use crate::store::entity::{delivery, ledger, order, saga};
use crate::store::{Error, Store, row};

/// An order with every row that refers to it, each list oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecords {
    pub order: Order,
    pub sagas: Vec<Saga>,
    pub entries: Vec<LedgerEntry>,
    pub deliveries: Vec<Delivery>,
}

/// An order of which at least one row cannot be decoded.
#[derive(Debug)]
pub struct UnreadableOrder {
    /// The id of the order, whose own row may be readable.
    pub order_id: OrderId,
    /// The first row that cannot be decoded.
    pub error: Error,
}

impl Store {
    /// At most `limit` orders with an id above `after` that were created at `since` or later, sorted by id.
    pub async fn order_records_after(
        &self,
        since: Option<Timestamp>,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<Result<OrderRecords, UnreadableOrder>>, Error> {
        use order::Column;
        let mut wanted = order::Entity::find().order_by_asc(Column::OrderId);
        if let Some(since) = since {
            wanted = wanted.filter(Column::CreateUs.gte(since.micros()));
        }
        let first = after.map(OrderId::uuid).or_else(|| since.map(first_id));
        if let Some(first) = first {
            wanted = wanted.filter(Column::OrderId.gt(first));
        }
        let rows = wanted.limit(u64::try_from(limit).unwrap_or(u64::MAX));
        let rows = bounded("read orders", rows.all(&self.pools.reads)).await?;
        self.with_rows(rows).await
    }

    /// One order with every row that refers to it; `None` if there is no such order.
    pub async fn order_records(
        &self,
        order_id: OrderId,
    ) -> Result<Option<Result<OrderRecords, UnreadableOrder>>, Error> {
        let found = order::Entity::find_by_id(order_id.uuid());
        let found = bounded("read an order", found.one(&self.pools.reads)).await?;
        Ok(self.with_rows(found.into_iter().collect()).await?.pop())
    }

    /// Reads the rows of these orders. The orders were read first: after a concurrent commit an order may be older than
    /// its rows, never newer.
    async fn with_rows(
        &self,
        orders: Vec<order::Model>,
    ) -> Result<Vec<Result<OrderRecords, UnreadableOrder>>, Error> {
        let ids: Vec<Uuid> = orders.iter().map(|row| row.order_id).collect();
        let sagas = saga::Entity::find()
            .filter(saga::Column::OrderId.is_in(ids.iter().copied()))
            .order_by_asc(saga::Column::CreateUs)
            .order_by_asc(saga::Column::SagaId);
        let sagas = bounded("read sagas", sagas.all(&self.pools.reads)).await?;
        let entries = ledger::Entity::find()
            .filter(ledger::Column::OrderId.is_in(ids.iter().copied()))
            .order_by_asc(ledger::Column::CreateUs)
            .order_by_asc(ledger::Column::EntryId);
        let entries = bounded("read ledger entries", entries.all(&self.pools.reads)).await?;
        let deliveries = delivery::Entity::find()
            .filter(delivery::Column::OrderId.is_in(ids))
            .order_by_asc(delivery::Column::CreateUs)
            .order_by_asc(delivery::Column::DeliveryId);
        let deliveries = bounded("read deliveries", deliveries.all(&self.pools.reads)).await?;
        let mut sagas = by_order(sagas, |row| row.order_id);
        let mut entries = by_order(entries, |row| row.order_id);
        let mut deliveries = by_order(deliveries, |row| row.order_id);
        let records = orders.into_iter().map(|order| {
            let id = order.order_id;
            let decode = || {
                Ok(OrderRecords {
                    order: row::to_order(order)?,
                    sagas: decode_all(sagas.remove(&id), row::to_saga)?,
                    entries: decode_all(entries.remove(&id), row::to_entry)?,
                    deliveries: decode_all(deliveries.remove(&id), row::to_delivery)?,
                })
            };
            decode().map_err(|error| UnreadableOrder {
                order_id: id.into(),
                error,
            })
        });
        Ok(records.collect())
    }
}

fn by_order<R>(rows: Vec<R>, order_id: impl Fn(&R) -> Uuid) -> HashMap<Uuid, Vec<R>> {
    let mut by_order: HashMap<Uuid, Vec<R>> = HashMap::new();
    for row in rows {
        by_order.entry(order_id(&row)).or_default().push(row);
    }
    by_order
}

fn decode_all<R, T>(
    rows: Option<Vec<R>>,
    decode: impl Fn(R) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    rows.into_iter().flatten().map(decode).collect()
}
