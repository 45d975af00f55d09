//! The statement that claims deliveries.

use sea_orm::entity::prelude::*;
use sea_orm::{DbBackend, DbErr, Statement, Value};

use crate::domain::{DeliveryKind, ReplicaId};
use crate::store::Store;
use crate::store::clock::now_us;
use crate::store::entity::delivery;

const COLUMNS: &str = "delivery_id, order_id, organization_id, kind, state, attempts, last_error, due_us, owner, \
     lease_until_us, create_us, body";

impl Store {
    /// Selects, locks and leases due deliveries. One hand-written statement, because between a separate SELECT and
    /// UPDATE another replica could select the same rows.
    pub(super) async fn lease_deliveries(
        &self,
        owner: &ReplicaId,
        kind: DeliveryKind,
        limit: usize,
    ) -> Result<Vec<delivery::Model>, DbErr> {
        let db = &self.pools.outbox;
        let backend = db.get_database_backend();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values: [Value; 4] = [
            owner.as_str().into(),
            self.lease_us().into(),
            limit.into(),
            kind.as_str().into(),
        ];
        let (skip_locked, due) = if backend == DbBackend::Postgres {
            (
                "FOR NO KEY UPDATE OF d SKIP LOCKED",
                "= ANY (ARRAY(SELECT delivery_id FROM due))",
            )
        } else {
            ("", "IN (SELECT delivery_id FROM due)")
        };
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             due AS MATERIALIZED ( \
                 SELECT d.delivery_id FROM outbox d \
                 WHERE d.kind = $4 AND d.due_us <= (SELECT us FROM clock) \
                   AND (d.lease_until_us IS NULL OR d.lease_until_us < (SELECT us FROM clock)) \
                   AND NOT EXISTS ( \
                       SELECT 1 FROM outbox e \
                       WHERE e.order_id = d.order_id AND e.kind = d.kind \
                         AND (e.create_us, e.delivery_id) < (d.create_us, d.delivery_id) \
                         AND (e.state = 'PENDING' OR (e.state = 'DEAD' AND e.kind = 'USAGE')) \
                   ) \
                 ORDER BY d.due_us LIMIT $3 {skip_locked} \
             ) \
             UPDATE outbox SET owner = $1, lease_until_us = (SELECT us FROM clock) + $2 \
             WHERE delivery_id {due} RETURNING {COLUMNS}",
            now = now_us(backend),
        );
        let claim = Statement::from_sql_and_values(backend, sql, values);
        let claimed = delivery::Entity::find().from_raw_sql(claim);
        claimed.all(db).await
    }
}
