//! The row that binds an idempotency key to the order and saga that its request started.

use super::await_order::has_settled;
use super::{App, store_error};
use crate::domain::{Claim, KeyRow, OrderId, SagaId, Scope};
use crate::error::Error;
use crate::store::journal::Journal as _;

impl App {
    /// The key's row, to be written with what the request starts; `None` for a request without a key.
    pub(super) fn key_row(
        &self,
        claim: Option<&Claim>,
        order_id: OrderId,
        saga_id: SagaId,
    ) -> Option<KeyRow> {
        let expire_time = self.0.engine.now().plus(self.0.idempotency_ttl);
        claim.map(|claim| claim.row(order_id, saga_id, expire_time))
    }

    /// The row of a key that was used before.
    pub(super) async fn known_key(&self, claim: Option<&Claim>) -> Result<Option<KeyRow>, Error> {
        match claim {
            Some(claim) => self.0.store.key(&claim.scope).await.map_err(store_error),
            None => Ok(None),
        }
    }

    /// Whether the request with this key has begun a saga that no longer moves its order.
    pub async fn key_has_settled(&self, scope: &Scope) -> bool {
        let Ok(Some(row)) = self.0.store.key(scope).await else {
            return false;
        };
        let found = self.0.store.load(row.saga_id).await;
        found.is_ok_and(|found| {
            found.is_some_and(|(saga, order)| has_settled(&order, Some(saga.state)))
        })
    }
}
