//! Makes a delivery due again for an operator.

use super::{App, store_error};
use crate::domain::{Claim, Delivery, DeliveryId};
use crate::error::{Error, Missing};
use crate::store::RetryOutcome;

impl App {
    /// Makes a delivery due now. The flag is whether the idempotency key had been used before. A delivered one is
    /// refused: receivers accept each key once, so that sending it again has no effect.
    /// Errors: NotFound, DeliveryState, KeyReused, StoreUnavailable.
    ///
    /// A dropped future leaves the delivery either due or unchanged.
    pub async fn retry_delivery(
        &self,
        delivery_id: DeliveryId,
        claim: Option<Claim>,
    ) -> Result<(Delivery, bool), Error> {
        let delivery = self.get_delivery(delivery_id).await?;
        let key = match &claim {
            Some(_) => {
                let order = self.get_order(delivery.order_id).await?;
                self.key_row(claim.as_ref(), order.order_id, order.saga_id)
            }
            None => None,
        };
        let outcome = self.0.store.retry_delivery(delivery_id, key.as_ref()).await;
        match outcome.map_err(store_error)? {
            RetryOutcome::Due(delivery) => {
                self.0.engine.wake_delivery();
                Ok((*delivery, false))
            }
            RetryOutcome::KeyTaken(row)
                if claim.is_some_and(|claim| claim.repeats(&row.fingerprint)) =>
            {
                Ok((self.get_delivery(delivery_id).await?, true))
            }
            RetryOutcome::KeyTaken(_) => Err(Error::KeyReused),
            RetryOutcome::AlreadyDelivered => Err(Error::DeliveryState("it was delivered")),
            RetryOutcome::NotFound => Err(Error::NotFound(Missing::Delivery)),
        }
    }
}
