//! Sweeps away what nobody needs any more, a bounded batch at a time. Replicas that sweep at once take different rows.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::facts::now_us;
use super::fault::bounded;
use super::{Error, Store};

impl Store {
    /// Removes at most `limit` idempotency keys that are past their time to live and whose saga has ended, by the
    /// database's time (RULE 22). Answers how many. Dropped, it leaves whole rows, or none.
    pub async fn expire(&self, limit: usize) -> Result<u64, Error> {
        let backend = self.pools.writes.get_database_backend();
        // By hand: a delete of what a limited join finds. A key that was replaced meanwhile has a later time.
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             past AS MATERIALIZED ( \
                 SELECT k.organization_id, k.caller, k.method, k.idempotency_key, k.expire_us \
                 FROM idempotency_keys k LEFT JOIN saga_instances s ON s.saga_id = k.saga_id \
                 WHERE k.expire_us <= (SELECT us FROM clock) \
                   AND (s.saga_id IS NULL OR s.state IN ('COMPLETED', 'COMPENSATED')) \
                 ORDER BY k.expire_us LIMIT {limit} {skip_locked} \
             ) \
             DELETE FROM idempotency_keys \
             WHERE (organization_id, caller, method, idempotency_key, expire_us) IN ( \
                 SELECT organization_id, caller, method, idempotency_key, expire_us FROM past)",
            now = now_us(backend),
            skip_locked = skip_locked(backend, "k"),
        );
        self.sweep("expire keys", sql, Vec::new()).await
    }

    /// Removes at most `limit` webhooks that were taken longer than `kept` ago, by the database's time. Answers how many.
    /// One that comes again after that is taken anew: it makes sagas look, and moves nothing. Dropped, it leaves whole
    /// rows, or none.
    pub async fn expire_webhooks(&self, kept: Duration, limit: usize) -> Result<u64, Error> {
        let backend = self.pools.writes.get_database_backend();
        let kept_us = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
        let sql = format!(
            "WITH past AS MATERIALIZED ( \
                 SELECT w.webhook_id FROM webhooks w WHERE w.receive_us <= {now} - $1 \
                 ORDER BY w.receive_us LIMIT {limit} {skip_locked} \
             ) \
             DELETE FROM webhooks WHERE webhook_id IN (SELECT webhook_id FROM past)",
            now = now_us(backend),
            skip_locked = skip_locked(backend, "w"),
        );
        self.sweep("expire webhooks", sql, vec![kept_us.into()])
            .await
    }

    async fn sweep(
        &self,
        operation: &'static str,
        sql: String,
        values: Vec<Value>,
    ) -> Result<u64, Error> {
        let db = &self.pools.writes;
        let sweep = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let swept = bounded(operation, db.execute_raw(sweep)).await?;
        Ok(swept.rows_affected())
    }
}

/// What another replica is sweeping is left to it. SQLite has one writer at a time.
fn skip_locked(backend: DbBackend, table: &str) -> String {
    if backend == DbBackend::Postgres {
        format!("FOR UPDATE OF {table} SKIP LOCKED")
    } else {
        String::new()
    }
}
