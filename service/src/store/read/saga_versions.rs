//! Reads for watching sagas: the versions of the sagas that match a filter, and the sagas that changed since.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QuerySelect};

use super::page::one_more;
use super::sagas::fixed_conditions;
use crate::domain::{Saga, SagaFilter, SagaId, SagaState, Timestamp};
use crate::store::connection::bounded;
use crate::store::entity::saga;
use crate::store::{Error, Store, row};

/// Most sagas read by one statement.
const READ_MAX: usize = 500;

/// The version and state of a saga at the time of the read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SagaVersion {
    pub saga_id: SagaId,
    /// Raised by every commit to the saga.
    pub version: i64,
    /// `None` if this binary does not know the stored state.
    pub state: Option<SagaState>,
}

impl Store {
    /// The sagas of the filter that may still change, and those created at `since` or later; with `stuck_only`, the
    /// stuck ones.
    ///
    /// Without `stuck_only` the filter's `states` are not applied, because a saga may enter them later: the caller
    /// applies them. Returns at most `limit + 1` sagas per condition.
    pub async fn saga_versions(
        &self,
        filter: &SagaFilter,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<SagaVersion>, Error> {
        use saga::Column;
        if filter.stuck_only {
            let states = filter.states.iter().map(|state| state.as_str());
            let stuck = Condition::all()
                .add(self.is_stuck())
                .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)));
            return self.versions_where(filter, stuck, limit).await;
        }
        // One statement per index: a single statement for all conditions may scan the whole table.
        let mut seen = HashMap::new();
        for condition in [
            Expr::col("wake_us").is_not_null(),
            Column::State.eq(SagaState::NeedsAttention.as_str()),
            Column::CreateUs.gte(since.micros()),
        ] {
            let found = self.versions_where(filter, Condition::all().add(condition), limit);
            // A saga that changed between two statements keeps the later version.
            seen.extend(found.await?.into_iter().map(|saga| (saga.saga_id, saga)));
        }
        Ok(seen.into_values().collect())
    }

    async fn versions_where(
        &self,
        filter: &SagaFilter,
        condition: Condition,
        limit: usize,
    ) -> Result<Vec<SagaVersion>, Error> {
        let seen = saga::Entity::find()
            .filter(fixed_conditions(filter).add(condition))
            .select_only()
            .columns([
                saga::Column::SagaId,
                saga::Column::Version,
                saga::Column::State,
            ])
            .limit(one_more(limit))
            .into_tuple::<(Uuid, i64, String)>();
        let seen = bounded("read saga versions", seen.all(&self.pools.reads)).await?;
        let decode = |(saga_id, version, state): (Uuid, i64, String)| SagaVersion {
            saga_id: saga_id.into(),
            version,
            state: state.parse().ok(),
        };
        Ok(seen.into_iter().map(decode).collect())
    }

    /// The sagas with these ids, oldest first. Ids without a saga, and rows that cannot be decoded, are skipped.
    pub async fn sagas_by_id(&self, saga_ids: &[SagaId]) -> Result<Vec<Saga>, Error> {
        let mut sagas = Vec::with_capacity(saga_ids.len());
        for chunk in saga_ids.chunks(READ_MAX) {
            let query = saga::Entity::find()
                .filter(saga::Column::SagaId.is_in(chunk.iter().map(|id| id.uuid())));
            let rows = bounded("read sagas", query.all(&self.pools.reads)).await?;
            sagas.extend(rows.into_iter().filter_map(|row| {
                let decoded = row::to_saga_or_placeholder(row);
                decoded
                    .inspect_err(
                        |error| tracing::error!(%error, "skipped a saga that cannot be decoded"),
                    )
                    .ok()
            }));
        }
        sagas.sort_by_key(|saga| (saga.create_time, saga.saga_id));
        Ok(sagas)
    }
}
