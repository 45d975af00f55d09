//! Retries a delivery when an operator asks for it.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::domain::{Delivery, DeliveryId, DeliveryState, KeyRow};
use crate::store::clock::now_us;
use crate::store::connection::{begin, bounded_query};
use crate::store::entity::delivery;
use crate::store::error::QueryError;
use crate::store::keys::lookup;
use crate::store::{Error, Store, row};

/// The outcome of retrying a delivery. Only `Due` writes anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// The delivery is due now.
    Due(Box<Delivery>),
    /// The delivery is DELIVERED and cannot be retried.
    AlreadyDelivered,
    /// This row already holds the idempotency key.
    KeyTaken(Box<KeyRow>),
    /// There is no such delivery.
    NotFound,
}

impl Store {
    /// Makes a delivery due now and inserts the request's key, in one transaction. A DEAD delivery becomes PENDING with
    /// zero attempts. A lease is kept, so that an attempt in progress is not duplicated.
    ///
    /// If the future is dropped, all of it was written or nothing.
    pub async fn retry_delivery(
        &self,
        delivery_id: DeliveryId,
        key: Option<&KeyRow>,
    ) -> Result<RetryOutcome, Error> {
        let retrying = self.retry_in_transaction(delivery_id, key);
        bounded_query("retry a delivery", retrying).await
    }

    async fn retry_in_transaction(
        &self,
        delivery_id: DeliveryId,
        key: Option<&KeyRow>,
    ) -> Result<RetryOutcome, QueryError> {
        use delivery::Column;
        let transaction = begin(&self.pools.writes).await?;
        if let Some(key) = key
            && let Some(taken) = lookup::insert(&transaction, key).await?
        {
            transaction.rollback().await?;
            return Ok(RetryOutcome::KeyTaken(Box::new(taken)));
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
            return Ok(RetryOutcome::NotFound);
        };
        let found = row::to_delivery(found).map_err(QueryError::Corrupt)?;
        if found.state == DeliveryState::Delivered {
            transaction.rollback().await?;
            return Ok(RetryOutcome::AlreadyDelivered);
        }
        transaction.commit().await?;
        Ok(RetryOutcome::Due(Box::new(found)))
    }
}
