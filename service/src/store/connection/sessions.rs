//! Detects a pooler that gives one server session to several clients.
//!
//! Prepared statements and `SET` belong to a session. In transaction or statement mode a pooler moves each transaction
//! to any server connection, so both would be lost, or meet those of other clients.

use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, Postgres, Row as _, raw_sql};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use uuid::Uuid;

use crate::store::error::{Error, no_answer};

const OPERATION: &str = "check the connections";
/// Longest time for the whole check.
const CHECK_WAIT: Duration = Duration::from_secs(5);
/// A parameter of our own, which Postgres keeps per session.
const MARK: &str = "order_service.session";

/// Marks one connection, and fails when another connection has the mark, or the marked one has lost it. The pool has at
/// least two connections.
pub(super) async fn check(db: &DatabaseConnection) -> Result<(), Error> {
    let checked = tokio::time::timeout(CHECK_WAIT, are_shared(db)).await;
    let checked = checked.unwrap_or_else(|_| Err(no_answer()));
    match checked.map_err(|source| Error::database(OPERATION, source))? {
        true => Err(Error::Pooler),
        false => Ok(()),
    }
}

async fn are_shared(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let failed = |error: sqlx::Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
    let pool = db.get_postgres_connection_pool();
    let mut marked = pool.acquire().await.map_err(failed)?;
    let mut other = pool.acquire().await.map_err(failed)?;
    let mark = Uuid::now_v7().to_string();
    // The simple protocol prepares nothing.
    let set = format!("SET {MARK} = '{mark}'");
    let set = raw_sql(sqlx::AssertSqlSafe(set));
    set.execute(&mut *marked).await.map_err(failed)?;
    let elsewhere = read(&mut other).await.map_err(failed)?;
    let here = read(&mut marked).await.map_err(failed)?;
    Ok(elsewhere.as_deref() == Some(&mark) || here.as_deref() != Some(&mark))
}

async fn read(connection: &mut PoolConnection<Postgres>) -> Result<Option<String>, sqlx::Error> {
    let query = format!("SELECT current_setting('{MARK}', true)");
    let query = raw_sql(sqlx::AssertSqlSafe(query));
    query.fetch_one(&mut **connection).await?.try_get(0)
}
