//! Watches one order: as it stands now, then each change, until it is final.

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

/// First pause before the database is asked; doubles, and begins anew with each change.
const LOOK_FIRST: Duration = Duration::from_millis(500);
/// Longest pause before the database is asked.
const LOOK_MAX: Duration = Duration::from_secs(1);

impl App {
    /// The order now, and after each change of it, until it is final. Errors: NotFound, Overloaded (too many watch),
    /// StoreUnavailable; a stream ends after its error.
    ///
    /// A dropped stream leaves nothing behind.
    pub async fn watch_order(
        &self,
        order_id: OrderId,
    ) -> Result<impl Stream<Item = Result<Order, Error>> + Send + 'static + use<>, Error> {
        let watch = Watch {
            _place: self.0.watchers.of_order()?,
            // Before the first look, so that nothing between the two is missed.
            news: self.0.engine.hub().subscribe(order_id),
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

/// Whether the booking has ended, and no money is on its way back. A CONFIRMED order may still be cancelled; who wants to
/// see that watches it again.
fn is_final(order: &Order) -> bool {
    let returns_money = |refund: &crate::domain::Refund| refund.state == RefundState::Pending;
    order.state.is_at_rest() && !order.refunds.iter().any(returns_money)
}

struct Watch {
    app: App,
    news: Subscription,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The order once it is newer than it was seen. Dropping the future loses nothing.
    async fn change(&mut self, seen: &Order) -> Result<Order, Error> {
        let mut pause = LOOK_FIRST;
        let mut away_since = None;
        loop {
            let found = tokio::select! {
                heard = self.news.next() => Order::clone(&heard.order),
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
