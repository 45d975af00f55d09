//! Parks a claimed saga whose row cannot be decoded.

use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::domain::{Claimed, SagaState};
use crate::store::connection::{begin, bounded};
use crate::store::entity::{history, saga};
use crate::store::{Error, Store, row};

impl Store {
    /// Moves the saga to NEEDS_ATTENTION with a history line, so that it is not claimed again. If the future is
    /// dropped, all of it was written or nothing.
    pub(super) async fn park(&self, found: saga::Model, why: String) -> Result<Claimed, Error> {
        let line = row::parked(&found, &why, self.clock.now());
        let parking = async {
            let transaction = begin(&self.pools.leases).await?;
            let parked = saga::Entity::update_many()
                .col_expr(
                    saga::Column::State,
                    Expr::value(SagaState::NeedsAttention.as_str()),
                )
                .col_expr(saga::Column::DueUs, Expr::value(None::<i64>))
                .col_expr(saga::Column::Owner, Expr::value(None::<String>))
                .col_expr(saga::Column::LeaseUntilUs, Expr::value(None::<i64>))
                .col_expr(saga::Column::Version, Expr::value(line.version))
                .col_expr(saga::Column::CommitId, Expr::value(line.commit_id))
                .filter(saga::Column::SagaId.eq(found.saga_id))
                .filter(saga::Column::Epoch.eq(found.epoch))
                .filter(saga::Column::Version.eq(found.version))
                .exec(&transaction)
                .await?;
            if parked.rows_affected == 1 {
                let line = history::Entity::insert(line.into_active_model());
                line.exec_without_returning(&transaction).await?;
            }
            transaction.commit().await
        };
        bounded("park a saga", parking).await?;
        Ok(Claimed::Parked(found.saga_id.into(), why))
    }
}
