//! Deletes expired keys and old webhook ids, in bounded batches. Replicas that run it concurrently delete different
//! rows.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::store::clock::now_us;
use crate::store::connection::bounded;
use crate::store::{Error, Store};

impl Store {
    /// Deletes at most `limit` idempotency keys that are past their expiry, by the database's time, and whose saga has
    /// ended (RULE 22). Returns how many. A dropped future leaves the whole batch deleted or none of it.
    pub async fn expire_keys(&self, limit: usize) -> Result<u64, Error> {
        let backend = self.pools.sweeps.get_database_backend();
        // Hand-written: it deletes the rows that a limited join selects. A key that was replaced meanwhile has a later
        // expiry.
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
        self.delete("delete expired keys", sql, Vec::new()).await
    }

    /// Deletes at most `limit` webhook ids recorded longer than `kept` ago, by the database's time. Returns how many. A
    /// webhook repeated after that is processed again: it makes sagas due and changes no state. A dropped future leaves
    /// the whole batch deleted or none of it.
    pub async fn expire_webhooks(&self, kept: Duration, limit: usize) -> Result<u64, Error> {
        let backend = self.pools.sweeps.get_database_backend();
        // The time is read first: an index is not searched for a volatile expression.
        let kept_us = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             past AS MATERIALIZED ( \
                 SELECT w.webhook_id FROM webhooks w WHERE w.receive_us <= (SELECT us FROM clock) - $1 \
                 ORDER BY w.receive_us LIMIT {limit} {skip_locked} \
             ) \
             DELETE FROM webhooks WHERE webhook_id IN (SELECT webhook_id FROM past)",
            now = now_us(backend),
            skip_locked = skip_locked(backend, "w"),
        );
        self.delete("delete old webhooks", sql, vec![kept_us.into()])
            .await
    }

    async fn delete(
        &self,
        operation: &'static str,
        sql: String,
        values: Vec<Value>,
    ) -> Result<u64, Error> {
        let db = &self.pools.sweeps;
        let delete = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let deleted = bounded(operation, db.execute_raw(delete)).await?;
        Ok(deleted.rows_affected())
    }
}

/// Skips rows that another replica is deleting. SQLite has one writer at a time and needs no such clause.
fn skip_locked(backend: DbBackend, table: &str) -> String {
    if backend == DbBackend::Postgres {
        format!("FOR UPDATE OF {table} SKIP LOCKED")
    } else {
        String::new()
    }
}
