//! Sweeps away what nobody needs any more, a bounded batch at a time.

use sea_orm::{ConnectionTrait, Statement, Value};

use super::facts::now_us;
use super::fault::bounded;
use super::{Error, Store};

impl Store {
    /// Removes at most `limit` idempotency keys that are past their time to live and whose saga has ended, by the
    /// database's time (RULE 22). Answers how many. Dropped, it leaves whole rows, or none.
    pub async fn expire(&self, limit: usize) -> Result<u64, Error> {
        let db = &self.pools.writes;
        let backend = db.get_database_backend();
        // By hand: a delete of what a limited join finds. A key that was replaced meanwhile has a later time.
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             past AS MATERIALIZED ( \
                 SELECT k.organization_id, k.caller, k.method, k.idempotency_key, k.expire_us \
                 FROM idempotency_keys k LEFT JOIN saga_instances s ON s.saga_id = k.saga_id \
                 WHERE k.expire_us <= (SELECT us FROM clock) \
                   AND (s.saga_id IS NULL OR s.state IN ('COMPLETED', 'COMPENSATED')) \
                 ORDER BY k.expire_us LIMIT $1 \
             ) \
             DELETE FROM idempotency_keys \
             WHERE (organization_id, caller, method, idempotency_key, expire_us) IN ( \
                 SELECT organization_id, caller, method, idempotency_key, expire_us FROM past)",
            now = now_us(backend),
        );
        let limit: Value = i64::try_from(limit).unwrap_or(i64::MAX).into();
        let sweep = Statement::from_sql_and_values(backend, sql, [limit]);
        let swept = bounded("expire keys", db.execute_raw(sweep)).await?;
        Ok(swept.rows_affected())
    }
}
