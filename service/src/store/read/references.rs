//! Reads the rows that refer to an order, and whether that order exists, for `audit`.

use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement, Value};

use super::page::first_id;
use crate::domain::{OrganizationId, Timestamp};
use crate::store::connection::bounded;
use crate::store::entity::delivery;
use crate::store::{Error, Store};

/// A table whose rows refer to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `saga_instances`; primary key `saga_id`.
    Sagas,
    /// `ledger_entries`; primary key `entry_id`.
    Ledger,
    /// `outbox`; primary key `delivery_id`.
    Outbox,
}

impl Table {
    pub const ALL: [Self; 3] = [Self::Sagas, Self::Ledger, Self::Outbox];

    /// The names of the table and of its primary key.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Sagas => ("saga_instances", "saga_id"),
            Self::Ledger => ("ledger_entries", "entry_id"),
            Self::Outbox => ("outbox", "delivery_id"),
        }
    }
}

/// A row that refers to an order.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct OrderReference {
    /// The row's primary key.
    pub id: Uuid,
    /// The order that the row refers to.
    pub order_id: Uuid,
    /// Whether that order exists.
    pub order_exists: bool,
    /// The row's state; empty for ledger entries, which have none.
    pub state: String,
}

impl Store {
    /// At most `limit` rows of a table with a primary key above `after` that were created at `since` or later, sorted
    /// by primary key.
    pub async fn order_references(
        &self,
        table: Table,
        since: Option<Timestamp>,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<OrderReference>, Error> {
        let db = &self.pools.reads;
        let (name, id) = table.names();
        let state = match table {
            Table::Sagas | Table::Outbox => "t.state",
            Table::Ledger => "''",
        };
        // Hand-written: the result has a column for the existence of a row in another table.
        let sql = format!(
            "SELECT t.{id} AS id, t.order_id, {state} AS state, \
                 EXISTS (SELECT 1 FROM orders o WHERE o.order_id = t.order_id) AS order_exists \
             FROM {name} t WHERE t.{id} > $1 AND t.create_us >= $2 ORDER BY t.{id} LIMIT {limit}"
        );
        let first = after.or_else(|| since.map(first_id));
        let values: [Value; 2] = [
            first.unwrap_or(Uuid::nil()).into(),
            since.map_or(i64::MIN, Timestamp::micros).into(),
        ];
        let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        bounded(
            "read order references",
            OrderReference::find_by_statement(query).all(db),
        )
        .await
    }

    /// The first tenant with deliveries whose id sorts after `after`.
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
