//! Waits for an order to be final, or to need somebody: by this replica's news, and by reading when another drives it.

use std::time::Duration;

use tokio::time::Instant;

use super::App;
use crate::domain::{Order, OrderState, RefundState, SagaId, SagaState};
use crate::engine::Subscription;
use crate::store::journal::Journal;

/// First pause before the database is asked; doubles. News of this replica's own sagas come sooner.
const LOOK_FIRST: Duration = Duration::from_millis(200);
/// Longest pause before the database is asked.
const LOOK_MAX: Duration = Duration::from_secs(1);

impl App {
    /// The order as it stands when it has settled as far as this saga of it is concerned, or when `wait` is over. A store
    /// that is away is waited for.
    pub(super) async fn await_order(
        &self,
        mut order: Order,
        saga_id: SagaId,
        mut news: Subscription,
        wait: Duration,
    ) -> Order {
        let end = Instant::now() + wait;
        let mut look = LOOK_FIRST;
        if has_settled(&order, None) {
            return order;
        }
        loop {
            let look_at = (Instant::now() + look).min(end);
            let saga_state = tokio::select! {
                heard = news.next() => {
                    // Of before what the caller has just done.
                    if heard.order.version < order.version {
                        continue;
                    }
                    order = Order::clone(&heard.order);
                    (heard.saga_id == saga_id).then_some(heard.saga_state)
                }
                () = tokio::time::sleep_until(look_at) => {
                    look = (look * 2).min(LOOK_MAX);
                    match self.0.store.load(saga_id).await {
                        Ok(Some((saga, fresh))) => {
                            order = fresh;
                            Some(saga.state)
                        }
                        Ok(None) | Err(_) => None,
                    }
                }
            };
            if has_settled(&order, saga_state) || Instant::now() >= end {
                return order;
            }
        }
    }
}

/// Whether nothing more will happen soon without somebody else. Refunds of other sagas may take their time.
fn has_settled(order: &Order, saga_state: Option<SagaState>) -> bool {
    let mut refunds = order.refunds.iter();
    let refunding = refunds.any(|refund| refund.state == RefundState::Pending);
    let (waits, has_ended) = match saga_state {
        Some(SagaState::Waiting | SagaState::NeedsAttention) => (true, false),
        Some(SagaState::Completed | SagaState::Compensated) => (false, true),
        Some(SagaState::Running | SagaState::Compensating) | None => (false, false),
    };
    let rests = order.state.is_at_rest() && (has_ended || !refunding);
    rests || order.state == OrderState::AwaitingPayment || waits
}
