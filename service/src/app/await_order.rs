//! Waits until an order is final or needs the buyer: through this replica's hub, and by reading the database when another
//! replica drives the order.

use std::time::Duration;

use tokio::time::Instant;

use super::App;
use super::until::Until;
use crate::domain::{Order, OrderState, RefundState, SagaId, SagaState};
use crate::engine::Subscription;
use crate::store::journal::Journal;

/// First pause between two reads of the database; doubles. The hub reports sagas of this replica sooner.
const LOOK_FIRST: Duration = Duration::from_millis(200);
/// Longest pause between two reads of the database.
const LOOK_MAX: Duration = Duration::from_secs(1);

impl App {
    /// The order once the given saga no longer moves it, or its current state when the caller stops waiting or this
    /// replica stops. Keeps waiting while the database is unreachable.
    pub(super) async fn await_order(
        &self,
        mut order: Order,
        saga_id: SagaId,
        mut changes: Subscription,
        until: Until,
    ) -> Order {
        let end = until.end();
        let stopping = self.0.engine.stopping();
        let mut look = LOOK_FIRST;
        if has_settled(&order, None) {
            return order;
        }
        loop {
            let look_at = (Instant::now() + look).min(end);
            let saga_state = tokio::select! {
                change = changes.next() => {
                    // Older than the change that the caller just made.
                    if change.order.version < order.version {
                        continue;
                    }
                    order = Order::clone(&change.order);
                    (change.saga_id == saga_id).then_some(change.saga_state)
                }
                () = tokio::time::sleep_until(look_at) => {
                    look = (look * 2).min(LOOK_MAX);
                    // A database that hangs does not hold the caller.
                    match tokio::time::timeout_at(end, self.0.store.load(saga_id)).await {
                        Ok(Ok(Some((saga, fresh)))) => {
                            order = fresh;
                            Some(saga.state)
                        }
                        Ok(Ok(None) | Err(_)) | Err(_) => None,
                    }
                }
                () = stopping.cancelled() => return order,
            };
            if has_settled(&order, saga_state) || Instant::now() >= end {
                return order;
            }
        }
    }
}

/// Whether the order changes only when the buyer or the provider acts. Refunds of other sagas are not waited for.
pub(super) fn has_settled(order: &Order, saga_state: Option<SagaState>) -> bool {
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
