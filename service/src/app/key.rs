//! The row that binds an idempotency key to the order and saga that its request started.

use super::{App, store_error};
use crate::domain::{Claim, KeyRow, OrderId, SagaId};
use crate::error::Error;

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
}
