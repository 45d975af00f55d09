//! Deliveries as operators see them: pages, newest first, and one that is tried again by hand.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{Condition, DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use super::entity::{delivery, key};
use super::facts::{Unread, now_us};
use super::fault::{bounded, no_answer};
use super::read::{behind, cursor, one_more, paged};
use super::verdict::FoundKey;
use super::{Error, Store, facts, fault, row, sqlite};
use crate::domain::{
    Delivery, DeliveryFilter, DeliveryId, DeliveryState, KeyRow, Page, PageRequest,
};

/// What trying a delivery again came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revived {
    /// It is due now.
    Done(Box<Delivery>),
    /// It was delivered: nothing was written.
    Delivered,
    /// The idempotency key is taken, by this row: nothing was written.
    KeyTaken(Box<KeyRow>),
    /// There is no such delivery: nothing was written.
    Missing,
}

impl Store {
    /// One delivery.
    pub async fn delivery(&self, delivery_id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let found = delivery::Entity::find_by_id(delivery_id.uuid());
        let found = bounded("read a delivery", found.one(&self.pools.reads)).await?;
        found.map(row::to_delivery).transpose()
    }

    /// One page of deliveries, newest first. A delivery whose row cannot be read is left out, and logged.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        use delivery::Column;
        let organization = filter.organization_id.as_ref();
        let order = filter.order_id.map(|id| Column::OrderId.eq(id.uuid()));
        let kind = filter.kind.map(|kind| Column::Kind.eq(kind.as_str()));
        let states = filter.states.iter().map(|state| state.as_str());
        let wanted = Condition::all()
            .add_option(organization.map(|id| Column::OrganizationId.eq(id.as_str())))
            .add_option(order)
            .add_option(kind)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::DeliveryId, after)),
            );
        let rows = delivery::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::DeliveryId)
            .limit(one_more(page.size));
        let rows = bounded("list deliveries", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &delivery::Model| cursor(row.create_us, row.delivery_id);
        Ok(paged(rows, page.size, cursor, row::to_delivery))
    }

    /// Makes a delivery due now, with its key in the same transaction. A DEAD one is PENDING again and its attempts are
    /// counted anew. A lease is left alone, so that what is being sent now is not sent beside it.
    ///
    /// Dropped, it leaves all of it or nothing.
    pub async fn revive_delivery(
        &self,
        delivery_id: DeliveryId,
        key: Option<&KeyRow>,
    ) -> Result<Revived, Error> {
        let reviving = tokio::time::timeout(fault::ANSWER_WAIT, self.revive(delivery_id, key));
        match reviving.await.unwrap_or_else(|_| Err(no_answer().into())) {
            Ok(revived) => Ok(revived),
            Err(Unread::Database(source)) => Err(Error::told("try a delivery again", source)),
            Err(Unread::Corrupt(error)) => Err(error),
        }
    }

    async fn revive(
        &self,
        delivery_id: DeliveryId,
        key: Option<&KeyRow>,
    ) -> Result<Revived, Unread> {
        use delivery::Column;
        let transaction = sqlite::begin(&self.pools.writes).await?;
        if let Some(key) = key
            && let Some(taken) = take(&transaction, key).await?
        {
            transaction.rollback().await?;
            return Ok(Revived::KeyTaken(Box::new(taken)));
        }
        let now = now_us(transaction.get_database_backend());
        let attempts = Expr::case(
            Expr::col(Column::State).eq(DeliveryState::Dead.as_str()),
            Expr::value(0_i64),
        )
        .finally(Expr::col(Column::Attempts));
        delivery::Entity::update_many()
            .col_expr(Column::Attempts, attempts.into())
            .col_expr(Column::State, Expr::value(DeliveryState::Pending.as_str()))
            .col_expr(Column::DueUs, Expr::cust(now))
            .filter(Column::DeliveryId.eq(delivery_id.uuid()))
            .filter(Column::State.ne(DeliveryState::Delivered.as_str()))
            .exec(&transaction)
            .await?;
        let found = delivery::Entity::find_by_id(delivery_id.uuid());
        let Some(found) = found.one(&transaction).await? else {
            transaction.rollback().await?;
            return Ok(Revived::Missing);
        };
        let found = row::to_delivery(found).map_err(Unread::Corrupt)?;
        if found.state == DeliveryState::Delivered {
            transaction.rollback().await?;
            return Ok(Revived::Delivered);
        }
        transaction.commit().await?;
        Ok(Revived::Done(Box::new(found)))
    }
}

/// Writes the key's row, or answers the one that has the key.
async fn take(db: &DatabaseTransaction, key: &KeyRow) -> Result<Option<KeyRow>, Unread> {
    match facts::found_key(db, &key.scope).await? {
        Some(FoundKey { row, forgotten }) if !forgotten => return Ok(Some(row)),
        Some(FoundKey { row, .. }) => facts::forget(db, &row).await?,
        None => {}
    }
    let row = row::from_key(key).into_active_model();
    let written = key::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    // Another's transaction took it meanwhile, and has ended by now: the insert waited for it.
    match written {
        0 => Ok(facts::found_key(db, &key.scope)
            .await?
            .map(|found| found.row)),
        _ => Ok(None),
    }
}
