//! Finds, inserts and deletes one key's row inside a caller's transaction.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, IntoActiveModel, Statement,
};

use crate::domain::{KeyRow, SagaState, Scope};
use crate::store::clock::now_us;
use crate::store::entity::key;
use crate::store::error::QueryError;
use crate::store::row;

/// The stored row of a key.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) row: KeyRow,
    /// Whether the row counts as absent: it is past its expiry by the database's time, and its saga has ended.
    pub(crate) is_expired: bool,
}

#[derive(Debug, FromQueryResult)]
struct Expiry {
    saga_state: Option<String>,
    now_us: i64,
}

/// Finds the row of a key.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
) -> Result<Option<StoredKey>, QueryError> {
    let id = (
        scope.organization.clone(),
        scope.caller.clone(),
        scope.method.clone(),
        scope.key.clone(),
    );
    let Some(found) = key::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let row: KeyRow = row::to_key(found).map_err(QueryError::Corrupt)?;
    let backend = db.get_database_backend();
    // Hand-written, because the expiry is compared with the database's time.
    let sql = format!(
        "SELECT (SELECT state FROM saga_instances WHERE saga_id = $1) AS saga_state, {} AS now_us",
        now_us(backend)
    );
    let query = Statement::from_sql_and_values(backend, sql, [row.saga_id.uuid().into()]);
    let expiry = Expiry::find_by_statement(query).one(db).await?;
    let expiry = expiry.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
    let has_ended = expiry
        .saga_state
        .is_none_or(|state| state.parse().is_ok_and(SagaState::has_ended));
    let is_expired = has_ended && row.expire_time.micros() <= expiry.now_us;
    Ok(Some(StoredKey { row, is_expired }))
}

/// Inserts a key's row, replacing an expired one. Returns the row that already holds the key, if there is one.
pub(crate) async fn insert(
    db: &DatabaseTransaction,
    key: &KeyRow,
) -> Result<Option<KeyRow>, QueryError> {
    match find(db, &key.scope).await? {
        Some(found) if !found.is_expired => return Ok(Some(found.row)),
        Some(found) => delete(db, &found.row).await?,
        None => {}
    }
    let row = row::from_key(key).into_active_model();
    let inserted = key::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    match inserted {
        // A concurrent transaction inserted the key and has ended by now: the insert waited for it.
        0 => Ok(find(db, &key.scope).await?.map(|found| found.row)),
        _ => Ok(None),
    }
}

/// Deletes this row of an expired key; a row that has replaced it since stays.
pub(crate) async fn delete(db: &impl ConnectionTrait, key: &KeyRow) -> Result<(), DbErr> {
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
