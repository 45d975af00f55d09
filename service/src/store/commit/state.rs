//! Reads the stored state that a commit's guards refer to, for `decision`.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbErr, QuerySelect};

use crate::domain::{self, Commit};
use crate::store::clock::now_us;
use crate::store::entity::{history, order, saga};
use crate::store::error::QueryError;
use crate::store::keys::lookup::{self, StoredKey};

/// The stored state that a commit's guards refer to.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredState {
    /// The saga's row; `None` if there is none.
    pub(super) saga: Option<SagaState>,
    /// Whether the saga's history contains lines of this commit.
    pub(super) in_history: bool,
    /// The order's version; `None` if there is no such order or the commit does not update one.
    pub(super) order_version: Option<i64>,
    /// The row of the commit's key; `None` if there is none or the commit has no key.
    pub(super) key: Option<StoredKey>,
}

/// The columns of a saga that guards refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct SagaState {
    pub(super) epoch: i64,
    pub(super) version: i64,
    /// Whether the last commit applied to the saga is the one being decided.
    pub(super) is_last_commit: bool,
    /// Whether the saga needs attention and no replica holds its lease.
    pub(super) is_at_rest: bool,
}

impl StoredState {
    /// Reads the state for one commit.
    pub(super) async fn read(
        db: &impl ConnectionTrait,
        commit: &Commit,
    ) -> Result<Self, QueryError> {
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
        let saga = found.map(|(epoch, version, last, state, is_leased)| SagaState {
            epoch,
            version,
            is_last_commit: last == commit_id,
            is_at_rest: state == domain::SagaState::NeedsAttention.as_str()
                && is_leased != Some(true),
        });
        // Most repeated commits are still the last one of their saga: only otherwise is the history read.
        let in_history = match saga {
            Some(saga) if !saga.is_last_commit => has_history_of(db, saga_id, commit_id).await?,
            Some(_) | None => false,
        };
        let order_version = match commit.order.as_ref().and_then(|write| write.seen) {
            Some(_) => order_version(db, commit.saga.order_id.uuid()).await?,
            None => None,
        };
        let key = match &commit.key {
            Some(key) => lookup::find(db, &key.scope).await?,
            None => None,
        };
        Ok(Self {
            saga,
            in_history,
            order_version,
            key,
        })
    }
}

/// Whether a saga's history contains lines of this commit.
pub(crate) async fn has_history_of(
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
