//! Reads what the database holds of what a commit touches, so that `verdict` can judge it.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QuerySelect, Statement};

use super::entity::{history, key, order, saga};
use super::verdict::{Facts, FoundKey, SagaFacts};
use super::{Error, row};
use crate::domain::{Commit, KeyRow, SagaState, Scope};

/// The database's time in microseconds since 1970, as an expression.
pub(super) fn now_us(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"
    } else {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    }
}

/// A failure at the database, or a row that cannot be read.
#[derive(Debug)]
pub(super) enum Unread {
    Database(DbErr),
    Corrupt(Error),
}

impl From<DbErr> for Unread {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// Reads the facts of one commit.
pub(super) async fn read(db: &impl ConnectionTrait, commit: &Commit) -> Result<Facts, Unread> {
    let saga_id = commit.saga.saga_id.uuid();
    let commit_id = commit.commit_id.uuid();
    let is_leased = format!(
        "(owner IS NOT NULL AND lease_until_us >= {})",
        now_us(db.get_database_backend())
    );
    let guards = saga::Entity::find_by_id(saga_id)
        .select_only()
        .columns([
            saga::Column::Epoch,
            saga::Column::Version,
            saga::Column::CommitId,
            saga::Column::State,
        ])
        .expr(Expr::cust(is_leased))
        .into_tuple::<(i64, i64, Uuid, String, Option<bool>)>();
    let found = guards.one(db).await?;
    let saga = found.map(|(epoch, version, last, state, is_leased)| SagaFacts {
        epoch,
        version,
        took_this: last == commit_id,
        at_rest: state == SagaState::NeedsAttention.as_str() && is_leased != Some(true),
    });
    // Most commits come to their row's present commit: only a saga that went on since needs its history read.
    let recorded = match saga {
        Some(saga) if !saga.took_this => recorded(db, saga_id, commit_id).await?,
        Some(_) | None => false,
    };
    let order_version = match commit.order.as_ref().and_then(|write| write.seen) {
        Some(_) => order_version(db, commit.saga.order_id.uuid()).await?,
        None => None,
    };
    let key = match &commit.key {
        Some(key) => found_key(db, &key.scope).await?,
        None => None,
    };
    Ok(Facts {
        saga,
        recorded,
        order_version,
        key,
    })
}

pub(super) async fn recorded(
    db: &impl ConnectionTrait,
    saga_id: Uuid,
    commit_id: Uuid,
) -> Result<bool, DbErr> {
    let line = history::Entity::find()
        .select_only()
        .column(history::Column::Line)
        .filter(history::Column::SagaId.eq(saga_id))
        .filter(history::Column::CommitId.eq(commit_id))
        .into_tuple::<i64>();
    Ok(line.one(db).await?.is_some())
}

async fn order_version(db: &impl ConnectionTrait, order_id: Uuid) -> Result<Option<i64>, DbErr> {
    let version = order::Entity::find_by_id(order_id)
        .select_only()
        .column(order::Column::Version)
        .into_tuple::<i64>();
    version.one(db).await
}

#[derive(Debug, FromQueryResult)]
struct KeyFacts {
    saga_state: Option<String>,
    now_us: i64,
}

/// Finds a key's row, and whether it counts as absent by the database's time.
pub(super) async fn found_key(
    db: &impl ConnectionTrait,
    scope: &Scope,
) -> Result<Option<FoundKey>, Unread> {
    let id = (
        scope.organization.clone(),
        scope.caller.clone(),
        scope.method.clone(),
        scope.key.clone(),
    );
    let Some(found) = key::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let row: KeyRow = row::to_key(found).map_err(Unread::Corrupt)?;
    let backend = db.get_database_backend();
    // By hand, because only the database may say what time it is.
    let sql = format!(
        "SELECT (SELECT state FROM saga_instances WHERE saga_id = $1) AS saga_state, {} AS now_us",
        now_us(backend)
    );
    let asked = Statement::from_sql_and_values(backend, sql, [row.saga_id.uuid().into()]);
    let facts = KeyFacts::find_by_statement(asked).one(db).await?;
    let facts = facts.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
    let has_ended = facts
        .saga_state
        .is_none_or(|state| state.parse().is_ok_and(SagaState::has_ended));
    let forgotten = has_ended && row.expire_time.micros() <= facts.now_us;
    Ok(Some(FoundKey { row, forgotten }))
}

/// Removes a forgotten key, unless it was replaced since.
pub(super) async fn forget(db: &impl ConnectionTrait, key: &KeyRow) -> Result<(), DbErr> {
    key::Entity::delete_many()
        .filter(key::Column::OrganizationId.eq(&key.scope.organization))
        .filter(key::Column::Caller.eq(&key.scope.caller))
        .filter(key::Column::Method.eq(&key.scope.method))
        .filter(key::Column::IdempotencyKey.eq(&key.scope.key))
        .filter(key::Column::SagaId.eq(key.saga_id.uuid()))
        .exec(db)
        .await
        .map(drop)
}
