//! Cancels an order: a booking under way turns back, a confirmed one is taken back, and the caller waits for its end.

use std::time::Duration;

use super::next_saga::NextSaga;
use super::place::{PATIENCE_MIN, Placed, engine_error};
use super::{App, store_error};
use crate::domain::{CancelOrder, Order, OrderState, Outcome, SagaId};
use crate::error::Error;
use crate::plans::cancel_order;
use crate::saga::{Cancel, StepIn};
use crate::store::journal::Journal;

/// How often a caller tries to step in who lost to the order's own progress. Each loss is a commit that took the saga further.
pub(super) const TRIES_MAX: u32 = 32;

impl App {
    /// Asks for the cancel of an order and waits up to `wait` for its end. With a key that was used before: finds what it
    /// cancelled. Errors: NotFound, KeyReused, OrderState, EtagMismatch, StoreUnavailable (the cancel may be under way).
    ///
    /// A dropped future leaves the order either untouched or being cancelled.
    pub async fn cancel(&self, wish: CancelOrder, wait: Duration) -> Result<Placed, Error> {
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(wish.claim.as_ref()).await? {
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
                    let saga_id = self.moving_saga(&order).await?;
                    let order = self.await_order(order, saga_id, news, wait).await;
                    return Ok(Placed::fresh(order));
                }
                OrderState::Failed | OrderState::Expired => {
                    let state = order.state.as_str();
                    let why = format!("an order that is {state} cannot be cancelled");
                    return Err(Error::OrderState(why));
                }
                OrderState::Confirmed => {
                    if let Some(placed) = self.take_back(&wish, order, wait).await? {
                        return Ok(placed);
                    }
                }
                OrderState::Pending | OrderState::AwaitingPayment => {
                    if let Some(placed) = self.ask_to_unwind(&wish, order, wait).await? {
                        return Ok(placed);
                    }
                }
            }
        }
        Err(Error::Overloaded)
    }

    /// Begins the saga `cancel_order`. None: the order moved meanwhile, and has to be looked at again.
    async fn take_back(
        &self,
        wish: &CancelOrder,
        mut order: Order,
        wait: Duration,
    ) -> Result<Option<Placed>, Error> {
        order.state = OrderState::Cancelling;
        let payload = cancel_order::Payload {
            reason: wish.reason.clone(),
        };
        let next = NextSaga {
            plan: (cancel_order::KIND, cancel_order::VERSION),
            saga_id: SagaId::generate(),
            order,
            payload: &payload,
            claim: wish.claim.as_ref(),
            actor: &wish.actor,
            reason: &wish.reason,
        };
        self.begin_next(next, wait).await
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
        let key = self.key_row(wish.claim.as_ref(), order.order_id, saga.saga_id);
        let cancel = Cancel {
            reason: wish.reason.clone(),
            actor: wish.actor.clone(),
            key,
        };
        let news = self.0.engine.hub().subscribe(order.order_id);
        let asked =
            self.0
                .engine
                .step_in(&saga, order, StepIn::Cancel(cancel), wait.max(PATIENCE_MIN));
        let (order, outcome) = asked.await.map_err(engine_error)?;
        match outcome {
            Outcome::Applied => {
                let order = self.await_order(order, saga.saga_id, news, wait).await;
                Ok(Some(Placed::fresh(order)))
            }
            Outcome::KeyTaken(row) => {
                let found = self.found(wish.claim.as_ref(), &row, wait);
                found.await.map(Some)
            }
            Outcome::Stale | Outcome::Fenced => Ok(None),
        }
    }
}
