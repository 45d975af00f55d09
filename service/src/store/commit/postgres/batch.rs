//! The batch statement, and how the columns of one table are bound to it.

use sea_orm::sqlx::Postgres;
use sea_orm::sqlx::postgres::PgArguments;
use sea_orm::sqlx::query::Query;

pub(crate) const COMMIT: &str = include_str!("commit.sql");

/// The batch statement while its parameters are bound.
pub(super) type Batch<'q> = Query<'q, Postgres, PgArguments>;

/// Binds parameters: one array per column, with one element per row.
macro_rules! bind_columns {
    ($query:expr, $rows:expr, $($column:expr),+ $(,)?) => {
        $query$(.bind($rows.iter().map($column).collect::<Vec<_>>()))+
    };
}
pub(super) use bind_columns;
