//! The row that ties a request's idempotency key to what the request begins.

use super::{App, store_error};
use crate::domain::{Claim, KeyRow, OrderId, SagaId};
use crate::error::Error;

impl App {
    /// The row to write with what is begun; none without a key.
    pub(super) fn key_row(
        &self,
        claim: Option<&Claim>,
        order_id: OrderId,
        saga_id: SagaId,
    ) -> Option<KeyRow> {
        let expire_time = self.0.engine.now().plus(self.0.idempotency_ttl);
        claim.map(|claim| claim.row(order_id, saga_id, expire_time))
    }

    /// The row of the request's key, where it was used before.
    pub(super) async fn known_key(&self, claim: Option<&Claim>) -> Result<Option<KeyRow>, Error> {
        match claim {
            Some(claim) => self.0.store.key(&claim.scope).await.map_err(store_error),
            None => Ok(None),
        }
    }
}
