//! What is asked of orders, sagas, keys and the ledger: single things, and pages, newest first.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::entity::{history, ledger, order, saga};
use super::facts::{Unread, found_key, now_us};
use super::fault::{bounded, no_answer};
use super::glimpse::whose;
use super::{Error, Store, fault, row};
use crate::domain::{
    Cursor, HistoryEntry, KeyRow, LedgerEntry, Order, OrderFilter, OrderId, Page, PageRequest,
    Saga, SagaFilter, SagaId, SagaState, Scope, Timestamp,
};

/// After this many leases a saga that is due and that nobody claims is stuck.
const STUCK_LEASES: i64 = 10;

impl Store {
    /// One order.
    pub async fn order(&self, order_id: OrderId) -> Result<Option<Order>, Error> {
        let found = order::Entity::find_by_id(order_id.uuid());
        let found = bounded("read an order", found.one(&self.pools.reads)).await?;
        found.map(row::to_order).transpose()
    }

    /// One page of orders, newest first. An order whose row cannot be read is left out, and logged.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, Error> {
        use order::Column;
        let states = filter.states.iter().map(|state| state.as_str());
        let user = filter
            .user_id
            .as_ref()
            .map(|id| Column::UserId.eq(id.as_str()));
        let event = filter
            .event_id
            .as_ref()
            .map(|id| Column::EventId.eq(id.as_str()));
        let from = filter
            .create_time_after
            .map(|time| Column::CreateUs.gte(time.micros()));
        let before = filter
            .create_time_before
            .map(|time| Column::CreateUs.lt(time.micros()));
        let wanted = Condition::all()
            .add(Column::OrganizationId.eq(filter.organization_id.as_str()))
            .add_option(user)
            .add_option(event)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(from)
            .add_option(before)
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::OrderId, after)),
            );
        let rows = order::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::OrderId)
            .limit(one_more(page.size));
        let rows = bounded("list orders", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &order::Model| cursor(row.create_us, row.order_id);
        Ok(paged(rows, page.size, cursor, row::to_order))
    }

    /// Every line of a saga's history, oldest first.
    pub async fn history(&self, saga_id: SagaId) -> Result<Vec<HistoryEntry>, Error> {
        let lines = history::Entity::find()
            .filter(history::Column::SagaId.eq(saga_id.uuid()))
            .order_by_asc(history::Column::Version)
            .order_by_asc(history::Column::Line);
        let lines = bounded("read a history", lines.all(&self.pools.reads)).await?;
        Ok(lines.into_iter().map(row::to_history).collect())
    }

    /// One page of sagas, newest first. One whose body cannot be read is shown without it.
    pub async fn sagas(&self, filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error> {
        use saga::Column;
        let states = filter.states.iter().map(|state| state.as_str());
        let wanted = whose(filter)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(filter.stuck_only.then(|| self.stuck()))
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
        Ok(paged(rows, page.size, cursor, row::shown_saga))
    }

    pub(super) fn stuck(&self) -> Condition {
        let now_us = now_us(self.pools.reads.get_database_backend());
        let long_ago = format!(
            "{now_us} - {}",
            self.lease_us().saturating_mul(STUCK_LEASES)
        );
        let unclaimed = Condition::all()
            .add(Expr::col("wake_us").lte(Expr::cust(long_ago.clone())))
            .add(
                saga::Column::DueUs
                    .into_expr()
                    .lte(Expr::cust(long_ago.clone())),
            )
            .add(
                Condition::any()
                    .add(saga::Column::LeaseUntilUs.is_null())
                    .add(
                        saga::Column::LeaseUntilUs
                            .into_expr()
                            .lte(Expr::cust(long_ago)),
                    ),
            );
        Condition::any()
            .add(saga::Column::State.eq(SagaState::NeedsAttention.as_str()))
            .add(unclaimed)
    }

    /// A saga as operators see it: one whose body cannot be read is shown without it.
    pub async fn saga(&self, saga_id: SagaId) -> Result<Option<Saga>, Error> {
        let found = saga::Entity::find_by_id(saga_id.uuid());
        let found = bounded("read a saga", found.one(&self.pools.reads)).await?;
        found.map(row::shown_saga).transpose()
    }

    pub(super) async fn saga_with_order(
        &self,
        saga_id: SagaId,
    ) -> Result<Option<(Saga, Order)>, Error> {
        let found = saga::Entity::find_by_id(saga_id.uuid());
        let Some(found) = bounded("read a saga", found.one(&self.pools.reads)).await? else {
            return Ok(None);
        };
        let saga = row::to_saga(found)?;
        let order = self.order(saga.order_id).await?;
        let order = order.ok_or_else(|| Error::Corrupt {
            what: "saga",
            id: saga_id.to_string(),
            why: format!("its order {} is missing", saga.order_id),
        })?;
        Ok(Some((saga, order)))
    }

    /// The row of a key. One past its time to live whose saga has ended counts as absent (RULE 22).
    pub async fn key(&self, scope: &Scope) -> Result<Option<KeyRow>, Error> {
        let finding = tokio::time::timeout(fault::ANSWER_WAIT, found_key(&self.pools.reads, scope));
        match finding.await.unwrap_or_else(|_| Err(no_answer().into())) {
            Ok(found) => Ok(found.filter(|key| !key.forgotten).map(|key| key.row)),
            Err(Unread::Database(source)) => Err(Error::told("read a key", source)),
            Err(Unread::Corrupt(error)) => Err(error),
        }
    }

    /// Every ledger entry of an order, oldest first.
    pub async fn ledger_entries_of(&self, order_id: OrderId) -> Result<Vec<LedgerEntry>, Error> {
        let entries = ledger::Entity::find()
            .filter(ledger::Column::OrderId.eq(order_id.uuid()))
            .order_by_asc(ledger::Column::CreateUs)
            .order_by_asc(ledger::Column::EntryId);
        let entries = bounded("read ledger entries", entries.all(&self.pools.reads)).await?;
        entries.into_iter().map(row::to_entry).collect()
    }
}

/// One row more than a page has says whether there is another page.
pub(super) fn one_more(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1)
}

pub(super) fn cursor(create_us: i64, id: Uuid) -> Cursor {
    Cursor {
        create_time: Timestamp::from_micros(create_us),
        id,
    }
}

/// Older than the cursor's thing: as one comparison of pairs, which both databases answer from the index.
pub(super) fn behind<C: ColumnTrait>(create_us: C, id: C, after: Cursor) -> Condition {
    let this = Expr::tuple([create_us.into_expr(), id.into_expr()]);
    let that = Expr::tuple([
        Expr::value(after.create_time.micros()),
        Expr::value(after.id),
    ]);
    Condition::all().add(this.lt(that))
}

pub(super) fn paged<R, T>(
    mut rows: Vec<R>,
    size: usize,
    cursor: impl Fn(&R) -> Cursor,
    read: impl Fn(R) -> Result<T, Error>,
) -> Page<T> {
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| has_more).map(cursor);
    let logged = |item: Result<T, Error>| {
        item.inspect_err(|error| tracing::error!(%error, "a row is left out of a list"))
            .ok()
    };
    Page {
        items: rows.into_iter().map(read).filter_map(logged).collect(),
        next,
    }
}
