//! The statement that claims sagas.

use sea_orm::entity::prelude::*;
use sea_orm::{DbBackend, DbErr, Statement, Value};

use crate::domain::ReplicaId;
use crate::store::Store;
use crate::store::clock::now_us;
use crate::store::entity::saga;

const COLUMNS: &str = "saga_id, kind, definition_version, organization_id, order_id, state, due_us, owner, \
     lease_until_us, epoch, version, commit_id, create_us, update_us, body";

impl Store {
    /// Selects, locks and leases due sagas and raises their epochs. One hand-written statement, because between a
    /// separate SELECT and UPDATE another replica could select the same rows.
    pub(super) async fn lease_sagas(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> Result<Vec<saga::Model>, DbErr> {
        let db = &self.pools.leases;
        let backend = db.get_database_backend();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut values: Vec<Value> =
            vec![owner.as_str().into(), self.lease_us().into(), limit.into()];
        let known = known_plans(plans, &mut values);
        // On SQLite a statement that writes takes the file's lock before it reads, as BEGIN IMMEDIATE does. On Postgres
        // an array is looked up by primary key, whatever the planner estimates about the table's size.
        let (skip_locked, due) = if backend == DbBackend::Postgres {
            (
                "FOR NO KEY UPDATE SKIP LOCKED",
                "= ANY (ARRAY(SELECT saga_id FROM due))",
            )
        } else {
            ("", "IN (SELECT saga_id FROM due)")
        };
        // `wake_us` is the indexed, rounded form of the two exact conditions after it.
        let sql = format!(
            "WITH clock AS MATERIALIZED (SELECT {now} AS us), \
             due AS MATERIALIZED ( \
                 SELECT saga_id FROM saga_instances \
                 WHERE wake_us <= (SELECT us FROM clock) \
                   AND due_us <= (SELECT us FROM clock) \
                   AND (lease_until_us IS NULL OR lease_until_us < (SELECT us FROM clock)) \
                   AND ({known}) \
                 ORDER BY wake_us LIMIT $3 {skip_locked} \
             ) \
             UPDATE saga_instances SET epoch = epoch + 1, owner = $1, \
                 lease_until_us = (SELECT us FROM clock) + $2 \
             WHERE saga_id {due} RETURNING {COLUMNS}",
            now = now_us(backend),
        );
        let claim = Statement::from_sql_and_values(backend, sql, values);
        saga::Entity::find().from_raw_sql(claim).all(db).await
    }
}

/// The condition that a saga belongs to one of these plans. Appends its parameters to `values`.
fn known_plans(plans: &[(&str, u32)], values: &mut Vec<Value>) -> String {
    let mut known = Vec::with_capacity(plans.len());
    for (kind, version) in plans {
        values.push((*kind).into());
        values.push(i64::from(*version).into());
        known.push(format!(
            "(kind = ${} AND definition_version = ${})",
            values.len() - 1,
            values.len()
        ));
    }
    known.join(" OR ")
}
