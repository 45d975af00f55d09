//! Watches one order: its current state, then each change, until it is final.

use std::time::Duration;

use futures::Stream;
use futures::stream::{self, StreamExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::STORE_PATIENCE;
use crate::app::{App, store_error};
use crate::domain::{Order, OrderId, RefundState};
use crate::engine::Subscription;
use crate::error::{Error, Missing};

/// First pause between two reads of the database; doubles, and starts over with each change.
const LOOK_FIRST: Duration = Duration::from_millis(500);
/// Longest pause between two reads of the database.
const LOOK_MAX: Duration = Duration::from_secs(1);

impl App {
    /// The order now, and after each change of it, until it is final. Errors: NotFound, Overloaded (too many watch),
    /// StoreUnavailable; a stream ends after its error.
    ///
    /// A dropped stream releases its permit.
    pub async fn watch_order(
        &self,
        order_id: OrderId,
    ) -> Result<impl Stream<Item = Result<Order, Error>> + Send + 'static + use<>, Error> {
        let watch = Watch {
            _place: self.0.watchers.of_order()?,
            // Subscribed before the first read, so that no change between the two is missed.
            changes: self.0.engine.hub().subscribe(order_id),
            app: self.clone(),
        };
        let now = self.get_order(order_id).await?;
        let changes = stream::try_unfold((watch, now.clone()), |(mut watch, seen)| async move {
            if is_final(&seen) {
                return Ok(None);
            }
            let changed = watch.change(&seen).await?;
            Ok(Some((changed.clone(), (watch, changed))))
        });
        Ok(stream::once(std::future::ready(Ok(now))).chain(changes))
    }
}

/// Whether the booking has ended and no refund is pending. A CONFIRMED order may still be cancelled; a client that wants
/// to see that watches the order again.
fn is_final(order: &Order) -> bool {
    let returns_money = |refund: &crate::domain::Refund| refund.state == RefundState::Pending;
    order.state.is_at_rest() && !order.refunds.iter().any(returns_money)
}

struct Watch {
    app: App,
    changes: Subscription,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The order once it is newer than the last one reported. Dropping the future loses no change.
    async fn change(&mut self, seen: &Order) -> Result<Order, Error> {
        let mut pause = LOOK_FIRST;
        let mut away_since = None;
        loop {
            let found = tokio::select! {
                change = self.changes.next() => Order::clone(&change.order),
                () = tokio::time::sleep(pause) => {
                    pause = (pause * 2).min(LOOK_MAX);
                    match self.app.0.store.order(seen.order_id).await {
                        Ok(Some(order)) => {
                            away_since = None;
                            order
                        }
                        Ok(None) => return Err(Error::NotFound(Missing::Order)),
                        Err(error) => {
                            let since = *away_since.get_or_insert_with(Instant::now);
                            if error.is_unavailable() && since.elapsed() < STORE_PATIENCE {
                                continue;
                            }
                            return Err(store_error(error));
                        }
                    }
                }
            };
            if found.version > seen.version {
                return Ok(found);
            }
        }
    }
}
