//! What those who watch sagas ask again and again: which there are, and at which version; and then the few that changed.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QuerySelect};

use super::entity::saga;
use super::fault::bounded;
use super::{Error, Store, row};
use crate::domain::{Saga, SagaFilter, SagaId, SagaState, Timestamp};

/// Most sagas read in one statement.
const READ_MAX: usize = 500;

/// A saga, seen from afar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glimpse {
    /// Which.
    pub saga_id: SagaId,
    /// Its version then.
    pub version: i64,
    /// Its state then; none where the row holds none that this binary knows.
    pub state: Option<SagaState>,
}

impl Store {
    /// The filter's sagas that may still move, and those begun at `since` or later; with `stuck_only`, the stuck ones. Of
    /// the others, `states` is the caller's to apply: a saga may come to fit. At most `limit` and one more of a sort.
    pub async fn glimpse_sagas(
        &self,
        filter: &SagaFilter,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Glimpse>, Error> {
        use saga::Column;
        if filter.stuck_only {
            let states = filter.states.iter().map(|state| state.as_str());
            let stuck = Condition::all()
                .add(self.stuck())
                .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)));
            return self.glimpse(filter, stuck, limit).await;
        }
        // One statement for each index: a database asked for all at once may read the whole table.
        let mut seen = HashMap::new();
        for sort in [
            Expr::col("wake_us").is_not_null(),
            Column::State.eq(SagaState::NeedsAttention.as_str()),
            Column::CreateUs.gte(since.micros()),
        ] {
            let found = self.glimpse(filter, Condition::all().add(sort), limit);
            // Of a saga that moved in between, the later look.
            seen.extend(found.await?.into_iter().map(|saga| (saga.saga_id, saga)));
        }
        Ok(seen.into_values().collect())
    }

    async fn glimpse(
        &self,
        filter: &SagaFilter,
        sort: Condition,
        limit: usize,
    ) -> Result<Vec<Glimpse>, Error> {
        let seen = saga::Entity::find()
            .filter(whose(filter).add(sort))
            .select_only()
            .columns([
                saga::Column::SagaId,
                saga::Column::Version,
                saga::Column::State,
            ])
            .limit(super::read::one_more(limit))
            .into_tuple::<(Uuid, i64, String)>();
        let seen = bounded("look at sagas", seen.all(&self.pools.reads)).await?;
        let glimpse = |(saga_id, version, state): (Uuid, i64, String)| Glimpse {
            saga_id: saga_id.into(),
            version,
            state: state.parse().ok(),
        };
        Ok(seen.into_iter().map(glimpse).collect())
    }

    /// These sagas as they stand, oldest first; those that are gone are left out.
    pub async fn sagas_named(&self, saga_ids: &[SagaId]) -> Result<Vec<Saga>, Error> {
        let mut sagas = Vec::with_capacity(saga_ids.len());
        for some in saga_ids.chunks(READ_MAX) {
            let named = saga::Entity::find()
                .filter(saga::Column::SagaId.is_in(some.iter().map(|id| id.uuid())));
            let rows = bounded("read sagas", named.all(&self.pools.reads)).await?;
            sagas.extend(rows.into_iter().filter_map(|row| {
                let shown = row::shown_saga(row);
                shown
                    .inspect_err(|error| tracing::error!(%error, "a saga is left out"))
                    .ok()
            }));
        }
        sagas.sort_by_key(|saga| (saga.create_time, saga.saga_id));
        Ok(sagas)
    }
}

/// What of a filter never changes for a saga.
pub(super) fn whose(filter: &SagaFilter) -> Condition {
    use saga::Column;
    let organization = filter.organization_id.as_ref();
    let order = filter.order_id.map(|id| Column::OrderId.eq(id.uuid()));
    let kind = filter.kind.as_ref().map(|kind| Column::Kind.eq(kind));
    Condition::all()
        .add_option(organization.map(|id| Column::OrganizationId.eq(id.as_str())))
        .add_option(order)
        .add_option(kind)
}
