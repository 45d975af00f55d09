//! Watches one order: its current state, then each change, until it is final.

use futures::Stream;
use futures::stream::{self, StreamExt as _};
use tokio::sync::OwnedSemaphorePermit;

use super::poll::{Look, Poll};
use crate::app::App;
use crate::domain::{Order, OrderId, RefundState};
use crate::engine::Subscription;
use crate::error::{Error, Missing};

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
            poll: self.0.watchers.polls.subscribe(&self.0.store, order_id),
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
    changes: Subscription,
    poll: Poll,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The order once it is newer than the last one reported. Dropping the future loses no change.
    async fn change(&mut self, seen: &Order) -> Result<Order, Error> {
        loop {
            let found = tokio::select! {
                change = self.changes.next() => change.order,
                look = self.poll.next() => match look {
                    Look::Order(order) => order,
                    Look::Missing => return Err(Error::NotFound(Missing::Order)),
                    Look::Failed(error) if error.is_unavailable() => {
                        return Err(Error::StoreUnavailable(Box::new(error)));
                    }
                    Look::Failed(error) => return Err(Error::Internal(Box::new(error))),
                },
            };
            if found.version > seen.version {
                return Ok(Order::clone(&found));
            }
        }
    }
}
