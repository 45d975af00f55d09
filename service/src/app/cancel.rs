//! Cancels an order: a booking under way turns back, and the caller waits for its end.

use std::time::Duration;

use crate::error::Error;
use crate::order::{CancelOrder, KeyRow, Order, OrderState};
use crate::saga::Cancel;
use crate::store::journal::{Journal, Outcome};

use super::place::{PATIENCE_MIN, Placed, engine_error};
use super::{App, store_error};

/// How often a cancel is tried that lost to the order's own progress. Each loss is a commit that took the saga further.
const TRIES_MAX: u32 = 32;

impl App {
    /// Asks for the cancel of an order and waits up to `wait` for its end. With a key that was used before: finds what it
    /// cancelled. Errors: NotFound, KeyReused, OrderState, EtagMismatch, StoreUnavailable (the cancel may be under way).
    ///
    /// A dropped future leaves the order either untouched or being cancelled.
    pub async fn cancel(&self, wish: CancelOrder, wait: Duration) -> Result<Placed, Error> {
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(&wish).await? {
                return self.found(wish.claim.as_ref(), &row, wait).await;
            }
            let order = self.order(wish.order_id).await?;
            if wish.etag.as_ref().is_some_and(|etag| *etag != order.etag()) {
                return Err(Error::EtagMismatch);
            }
            match order.state {
                OrderState::Cancelled => return Ok(Placed::fresh(order)),
                OrderState::Cancelling => {
                    let news = self.0.engine.hub().subscribe(order.order_id);
                    return Ok(Placed::fresh(self.await_order(order, news, wait).await));
                }
                OrderState::Failed | OrderState::Expired => {
                    let state = order.state.as_str();
                    let why = format!("an order that is {state} cannot be cancelled");
                    return Err(Error::OrderState(why));
                }
                OrderState::Confirmed => return Err(Error::NotImplemented),
                OrderState::Pending | OrderState::AwaitingPayment => {}
            }
            if let Some(placed) = self.ask_to_unwind(&wish, order, wait).await? {
                return Ok(placed);
            }
        }
        Err(Error::Overloaded)
    }

    /// None: the booking moved meanwhile, and has to be looked at again.
    async fn ask_to_unwind(
        &self,
        wish: &CancelOrder,
        order: Order,
        wait: Duration,
    ) -> Result<Option<Placed>, Error> {
        let judged = order.version;
        let found = self.0.store.load(order.saga_id).await;
        let Some((saga, order)) = found.map_err(store_error)? else {
            let why = format!("order {} has no saga", order.order_id);
            return Err(Error::Internal(why.into()));
        };
        if order.version != judged {
            return Ok(None);
        }
        let key = wish.claim.as_ref().map(|claim| KeyRow {
            scope: claim.scope.clone(),
            fingerprint: claim.fingerprint,
            order_id: order.order_id,
            saga_id: saga.saga_id,
            expire_time: self.0.engine.now().plus(self.0.idempotency_ttl),
        });
        let cancel = Cancel {
            reason: wish.reason.clone(),
            actor: wish.actor.clone(),
            key,
        };
        let news = self.0.engine.hub().subscribe(order.order_id);
        let asked = self
            .0
            .engine
            .cancel(&saga, order, cancel, wait.max(PATIENCE_MIN));
        let (order, outcome) = asked.await.map_err(engine_error)?;
        match outcome {
            Outcome::Applied => {
                let order = self.await_order(order, news, wait).await;
                Ok(Some(Placed::fresh(order)))
            }
            Outcome::KeyTaken(row) => {
                let found = self.found(wish.claim.as_ref(), &row, wait);
                found.await.map(Some)
            }
            Outcome::Stale | Outcome::Fenced => Ok(None),
        }
    }

    /// The row of the request's key, where it was used before.
    async fn known_key(&self, wish: &CancelOrder) -> Result<Option<KeyRow>, Error> {
        match &wish.claim {
            Some(claim) => self.0.store.key(&claim.scope).await.map_err(store_error),
            None => Ok(None),
        }
    }
}
