//! Reads sagas and their history.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::page::{behind, cursor, one_more, paged};
use crate::domain::{
    CommitId, HistoryEntry, Page, PageRequest, Saga, SagaFilter, SagaId, SagaState,
};
use crate::store::clock::now_us;
use crate::store::commit;
use crate::store::connection::bounded;
use crate::store::entity::{history, saga};
use crate::store::{Error, Store, row};

/// A saga that has been due for this many leases without a live lease is stuck (RULE 16).
const STUCK_LEASES: i64 = 10;

impl Store {
    /// A saga by its id; `None` if there is none. A body that cannot be decoded is replaced by a placeholder.
    pub async fn saga(&self, saga_id: SagaId) -> Result<Option<Saga>, Error> {
        let found = saga::Entity::find_by_id(saga_id.uuid());
        let found = bounded("read a saga", found.one(&self.pools.reads)).await?;
        found.map(row::to_saga_or_placeholder).transpose()
    }

    /// A page of sagas, newest first. A saga whose body cannot be decoded is returned with a placeholder body.
    pub async fn sagas(&self, filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error> {
        use saga::Column;
        let states = filter.states.iter().map(|state| state.as_str());
        let wanted = fixed_conditions(filter)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(filter.stuck_only.then(|| self.is_stuck()))
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::SagaId, after)),
            );
        let rows = saga::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::SagaId)
            .limit(one_more(page.size));
        let rows = bounded("list sagas", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &saga::Model| cursor(row.create_us, row.saga_id);
        Ok(paged(rows, page.size, cursor, row::to_saga_or_placeholder))
    }

    /// The whole history of a saga, oldest line first. Empty if there is no such saga.
    pub async fn history(&self, saga_id: SagaId) -> Result<Vec<HistoryEntry>, Error> {
        let lines = history::Entity::find()
            .filter(history::Column::SagaId.eq(saga_id.uuid()))
            .order_by_asc(history::Column::Version)
            .order_by_asc(history::Column::Line);
        let lines = bounded("read a saga's history", lines.all(&self.pools.reads)).await?;
        Ok(lines.into_iter().map(row::to_history).collect())
    }

    /// Whether a saga's history contains lines of this commit.
    pub async fn has_recorded(&self, saga_id: SagaId, commit_id: CommitId) -> Result<bool, Error> {
        let found = commit::has_history_of(&self.pools.reads, saga_id.uuid(), commit_id.uuid());
        bounded("read a saga's history", found).await
    }

    /// The condition that a saga needs attention, or has been due for `STUCK_LEASES` without a live lease.
    pub(super) fn is_stuck(&self) -> Condition {
        let now_us = now_us(self.pools.reads.get_database_backend());
        let threshold = format!(
            "{now_us} - {}",
            self.lease_us().saturating_mul(STUCK_LEASES)
        );
        let unclaimed = Condition::all()
            .add(Expr::col("wake_us").lte(Expr::cust(threshold.clone())))
            .add(
                saga::Column::DueUs
                    .into_expr()
                    .lte(Expr::cust(threshold.clone())),
            )
            .add(
                Condition::any()
                    .add(saga::Column::LeaseUntilUs.is_null())
                    .add(
                        saga::Column::LeaseUntilUs
                            .into_expr()
                            .lte(Expr::cust(threshold)),
                    ),
            );
        Condition::any()
            .add(saga::Column::State.eq(SagaState::NeedsAttention.as_str()))
            .add(unclaimed)
    }
}

/// The conditions of a filter on columns that never change for a saga.
pub(super) fn fixed_conditions(filter: &SagaFilter) -> Condition {
    use saga::Column;
    let organization = filter.organization_id.as_ref();
    let order = filter.order_id.map(|id| Column::OrderId.eq(id.uuid()));
    let kind = filter.kind.as_ref().map(|kind| Column::Kind.eq(kind));
    Condition::all()
        .add_option(organization.map(|id| Column::OrganizationId.eq(id.as_str())))
        .add_option(order)
        .add_option(kind)
}
