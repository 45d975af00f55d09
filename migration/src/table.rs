//! Builders for tables, columns and indexes. Knows no table by name.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// The type of a column; both databases support each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Uuid,
    Text,
    /// A 64-bit integer; also times, as microseconds since 1970 (`_us`).
    Number,
    Bytes,
}

/// A column declared NOT NULL.
pub(crate) fn required(name: &'static str, kind: Kind) -> ColumnDef {
    column(name, kind).not_null().take()
}

/// A column that may be NULL.
pub(crate) fn optional(name: &'static str, kind: Kind) -> ColumnDef {
    column(name, kind).null().take()
}

fn column(name: &'static str, kind: Kind) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match kind {
        Kind::Uuid => column.uuid(),
        Kind::Text => column.text(),
        Kind::Number => column.big_integer(),
        Kind::Bytes => column.blob(),
    };
    column
}

/// Creates a table with its primary key. `fill_percent` is the Postgres fill factor: pages of frequently updated rows
/// need free space, so that an update stays on its page and touches no index.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: Vec<ColumnDef>,
    key: &[&'static str],
    fill_percent: Option<u8>,
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table.table(name).if_not_exists();
    for mut column in columns {
        table.col(&mut column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    if let (DbBackend::Postgres, Some(percent)) = (manager.get_database_backend(), fill_percent) {
        table.extra(format!("WITH (fillfactor = {percent})"));
    }
    manager.create_table(table).await
}

/// Creates an index on `on`, such as `orders (order_id)`. As SQL text, because both databases accept the same text and
/// the builder does not support partial indexes.
pub(crate) async fn index(manager: &SchemaManager<'_>, name: &str, on: &str) -> Result<(), DbErr> {
    let sql = format!("CREATE INDEX IF NOT EXISTS {name} ON {on}");
    manager
        .get_connection()
        .execute_unprepared(&sql)
        .await
        .map(drop)
}
