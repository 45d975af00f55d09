//! All that the database has on some orders, page by page, for whoever compares. Changes nothing, and holds one page at
//! a time however many there are.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement, Value};

use super::entity::{delivery, ledger, order, saga};
use super::fault::bounded;
use super::{Error, Store, row};
use crate::domain::{Delivery, LedgerEntry, Order, OrderId, OrganizationId, Saga, Timestamp};

/// By how much the clock of the replica that made an id may have been behind the database's.
const SKEW_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// One order, and every row that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The order.
    pub order: Order,
    /// Its sagas, oldest first.
    pub sagas: Vec<Saga>,
    /// Its ledger entries, oldest first.
    pub entries: Vec<LedgerEntry>,
    /// Its deliveries, oldest first.
    pub deliveries: Vec<Delivery>,
}

/// One order's rows as they were found.
#[derive(Debug)]
pub enum Filed {
    /// All of them can be read.
    Whole(Box<Dossier>),
    /// One of them cannot.
    Torn(OrderId, Error),
}

/// A table of rows that name an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Sagas.
    Sagas,
    /// Ledger entries.
    Ledger,
    /// Deliveries.
    Outbox,
}

impl Table {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Sagas, Self::Ledger, Self::Outbox];

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Sagas => ("saga_instances", "saga_id"),
            Self::Ledger => ("ledger_entries", "entry_id"),
            Self::Outbox => ("outbox", "delivery_id"),
        }
    }
}

/// A row that names an order.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Naming {
    /// The row's own name.
    pub id: Uuid,
    /// The order that it names.
    pub order_id: Uuid,
    /// Whether there is such an order.
    pub is_known: bool,
    /// The row's state; empty for a ledger entry, which has none.
    pub state: String,
}

impl Store {
    /// At most `limit` orders behind `after`, in the order of their ids, made at `since` or later, with every row that
    /// names them.
    pub async fn dossiers(
        &self,
        since: Option<Timestamp>,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<Filed>, Error> {
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
        self.file(rows).await
    }

    /// One order with every row that names it, as it now stands.
    pub async fn dossier(&self, order_id: OrderId) -> Result<Option<Filed>, Error> {
        let found = order::Entity::find_by_id(order_id.uuid());
        let found = bounded("read an order", found.one(&self.pools.reads)).await?;
        Ok(self.file(found.into_iter().collect()).await?.pop())
    }

    /// The orders were read first: what changes meanwhile shows as an order that is behind its rows, never ahead.
    async fn file(&self, orders: Vec<order::Model>) -> Result<Vec<Filed>, Error> {
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
        let filed = orders.into_iter().map(|order| {
            let id = order.order_id;
            let read = || {
                Ok(Dossier {
                    order: row::to_order(order)?,
                    sagas: read_all(sagas.remove(&id), row::to_saga)?,
                    entries: read_all(entries.remove(&id), row::to_entry)?,
                    deliveries: read_all(deliveries.remove(&id), row::to_delivery)?,
                })
            };
            match read() {
                Ok(dossier) => Filed::Whole(Box::new(dossier)),
                Err(error) => Filed::Torn(id.into(), error),
            }
        });
        Ok(filed.collect())
    }

    /// At most `limit` rows of a table behind `after`, in the order of their ids, made at `since` or later: which order
    /// each names, and whether there is one.
    pub async fn naming(
        &self,
        table: Table,
        since: Option<Timestamp>,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Naming>, Error> {
        let db = &self.pools.reads;
        let (name, id) = table.names();
        let state = match table {
            Table::Sagas | Table::Outbox => "t.state",
            Table::Ledger => "''",
        };
        // By hand: whether a row of another table is there is a column of the answer.
        let sql = format!(
            "SELECT t.{id} AS id, t.order_id, {state} AS state, \
                 EXISTS (SELECT 1 FROM orders o WHERE o.order_id = t.order_id) AS is_known \
             FROM {name} t WHERE t.{id} > $1 AND t.create_us >= $2 ORDER BY t.{id} LIMIT {limit}"
        );
        let first = after.or_else(|| since.map(first_id));
        let values: [Value; 2] = [
            first.unwrap_or(Uuid::nil()).into(),
            since.map_or(i64::MIN, Timestamp::micros).into(),
        ];
        let asked = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        bounded("read rows", Naming::find_by_statement(asked).all(db)).await
    }

    /// The first tenant behind `after`, by name, that has deliveries.
    pub async fn next_organization(
        &self,
        after: Option<&OrganizationId>,
    ) -> Result<Option<OrganizationId>, Error> {
        use delivery::Column;
        let mut wanted = delivery::Entity::find()
            .select_only()
            .column(Column::OrganizationId)
            .order_by_asc(Column::OrganizationId)
            .limit(1);
        if let Some(after) = after {
            wanted = wanted.filter(Column::OrganizationId.gt(after.as_str()));
        }
        let found = wanted.into_tuple::<String>();
        let found = bounded("read a tenant", found.one(&self.pools.reads)).await?;
        found
            .map(|id| {
                OrganizationId::try_from(id.clone()).map_err(|why| Error::Corrupt {
                    what: "tenant",
                    id,
                    why: why.to_string(),
                })
            })
            .transpose()
    }
}

/// The least id that may have been made at this time.
fn first_id(time: Timestamp) -> Uuid {
    let millis = time.minus(SKEW_MAX).micros() / 1_000;
    let millis = u64::try_from(millis).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

fn by_order<R>(rows: Vec<R>, order_id: impl Fn(&R) -> Uuid) -> HashMap<Uuid, Vec<R>> {
    let mut by_order: HashMap<Uuid, Vec<R>> = HashMap::new();
    for row in rows {
        by_order.entry(order_id(&row)).or_default().push(row);
    }
    by_order
}

fn read_all<R, T>(
    rows: Option<Vec<R>>,
    read: impl Fn(R) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    rows.into_iter().flatten().map(read).collect()
}
