//! Writes a batch of commits on Postgres with one hand-written statement, because batches are the hot path and separate
//! statements would cost a round trip each. `commit.sql` explains the statement; the submodules bind its parameters,
//! one function per table, in the order of the parameter numbers.

mod batch;
mod children;
mod guarded;

#[cfg(test)]
pub(crate) use batch::COMMIT;

use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, Row as _};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use uuid::Uuid;

use crate::domain::Commit;

/// The result of a batch.
#[derive(Debug)]
pub(super) struct Written {
    /// The database's time, in microseconds since 1970.
    pub(super) now_us: i64,
    /// Ids of the sagas whose commits applied.
    pub(super) applied: Vec<Uuid>,
}

/// Writes those of these commits whose guards hold. No two commits may belong to the same order. If the future is
/// dropped, the batch may still apply.
pub(super) async fn write(
    db: &DatabaseConnection,
    lease_us: i64,
    commits: &[&Commit],
) -> Result<Written, DbErr> {
    let mut commits = commits.to_vec();
    commits.sort_unstable_by_key(|commit| commit.saga.order_id);
    let batch = guarded::bind_sagas(sqlx::query(batch::COMMIT), &commits).bind(lease_us);
    let batch = guarded::bind_keys(batch, &commits);
    let batch = guarded::bind_orders(batch, &commits);
    let batch = children::bind_history(batch, &commits);
    let batch = children::bind_ledger(batch, &commits);
    let batch = children::bind_outbox(batch, &commits);
    let batch = children::bind_successors(batch, &commits);
    let batch = guarded::bind_at_rest(batch, &commits);
    let rows = batch.fetch_all(db.get_postgres_connection_pool()).await;
    let written = rows.and_then(|rows| read(&rows));
    written.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

fn read(rows: &[PgRow]) -> Result<Written, sqlx::Error> {
    let mut written = Written {
        now_us: 0,
        applied: Vec::new(),
    };
    for row in rows {
        written.now_us = row.try_get(0)?;
        written.applied.extend(row.try_get::<Option<Uuid>, _>(1)?);
    }
    Ok(written)
}
