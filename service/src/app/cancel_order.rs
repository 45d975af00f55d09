//! Cancels an order: a running booking compensates, a confirmed order starts the saga `cancel_order`; the caller waits for
//! the end.

use std::time::Duration;

use super::act_on_order::Target;
use super::create_order::{OrderReply, engine_error};
use super::next_saga::NextSaga;
use super::until::Until;
use super::{App, store_error};
use crate::domain::{CancelOrder, Order, OrderState, Outcome, SagaId};
use crate::error::Error;
use crate::plans::cancel_order;
use crate::saga::{Cancel, StepIn};
use crate::store::journal::Journal;

impl App {
    /// Cancels an order and waits up to `wait` for its end. A known idempotency key returns the order that it cancelled.
    /// Errors: NotFound, KeyReused, OrderState, EtagMismatch, StoreUnavailable (the cancel may have started).
    ///
    /// A dropped future leaves the order either unchanged or CANCELLING.
    pub async fn cancel_order(
        &self,
        command: CancelOrder,
        wait: Duration,
    ) -> Result<OrderReply, Error> {
        let target = Target {
            order_id: command.order_id,
            etag: command.etag.as_deref(),
            claim: command.claim.as_ref(),
        };
        let until = Until::after(wait);
        let act = |order| self.cancel_as_it_is(&command, order, until);
        until.bound(self.act_on_order(target, until, act)).await
    }

    async fn cancel_as_it_is(
        &self,
        command: &CancelOrder,
        order: Order,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        match order.state {
            OrderState::Cancelled => Ok(Some(OrderReply::fresh(order))),
            OrderState::Cancelling => {
                let changes = self.0.engine.hub().subscribe(order.order_id);
                let saga_id = self.moving_saga(&order).await?;
                let order = self.await_order(order, saga_id, changes, until).await;
                Ok(Some(OrderReply::fresh(order)))
            }
            OrderState::Failed | OrderState::Expired => {
                let state = order.state.as_str();
                let why = format!("an order that is {state} cannot be cancelled");
                Err(Error::OrderState(why))
            }
            OrderState::Confirmed => self.take_back(command, order, until).await,
            OrderState::Pending | OrderState::AwaitingPayment => {
                self.ask_to_unwind(command, order, until).await
            }
        }
    }

    /// Starts the saga `cancel_order`. `None`: the order changed before the commit and must be read again.
    async fn take_back(
        &self,
        command: &CancelOrder,
        mut order: Order,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        order.state = OrderState::Cancelling;
        let payload = cancel_order::Payload {
            reason: command.reason.clone(),
        };
        let next = NextSaga {
            plan: (cancel_order::KIND, cancel_order::VERSION),
            saga_id: SagaId::generate(),
            order,
            payload: &payload,
            claim: command.claim.as_ref(),
            actor: &command.actor,
            reason: &command.reason,
        };
        self.begin_next(next, until).await
    }

    /// Asks the running booking to compensate. `None`: it changed before the commit and must be read again.
    async fn ask_to_unwind(
        &self,
        command: &CancelOrder,
        order: Order,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        let judged = order.version;
        let found = self.0.store.load(order.saga_id).await;
        let Some((saga, order)) = found.map_err(store_error)? else {
            let why = format!("order {} has no saga", order.order_id);
            return Err(Error::Internal(why.into()));
        };
        if order.version != judged {
            return Ok(None);
        }
        let key = self.key_row(command.claim.as_ref(), order.order_id, saga.saga_id);
        let cancel = Cancel {
            reason: command.reason.clone(),
            actor: command.actor.clone(),
            key,
        };
        let changes = self.0.engine.hub().subscribe(order.order_id);
        let asked = self
            .0
            .engine
            .step_in(&saga, order, StepIn::Cancel(cancel), until.patience());
        let (order, outcome) = asked.await.map_err(engine_error)?;
        match outcome {
            Outcome::Applied => {
                let order = self.await_order(order, saga.saga_id, changes, until).await;
                Ok(Some(OrderReply::fresh(order)))
            }
            Outcome::KeyTaken(row) => {
                let found = self.found(command.claim.as_ref(), &row, until);
                found.await.map(Some)
            }
            Outcome::Stale | Outcome::Fenced => Ok(None),
        }
    }
}
