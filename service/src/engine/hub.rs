//! Publishes each commit of an order to the waiters of this process.
//!
//! Not authoritative: commits of other replicas are seen only by reading the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::{Order, OrderId, Saga, SagaId, SagaState};

/// The state of an order and its saga after a commit.
#[derive(Debug, Clone)]
pub struct News {
    pub order: Arc<Order>,
    /// The saga that moved it.
    pub saga_id: SagaId,
    pub saga_state: SagaState,
}

#[derive(Debug, Default)]
pub struct Hub {
    listeners: Mutex<HashMap<OrderId, watch::Sender<Option<News>>>>,
}

/// A subscription to one order; unsubscribes on drop.
#[derive(Debug)]
pub struct Subscription {
    hub: Arc<Hub>,
    order_id: OrderId,
    news: watch::Receiver<Option<News>>,
}

impl Hub {
    /// Subscribes to commits of this order from now on.
    pub fn subscribe(self: &Arc<Self>, order_id: OrderId) -> Subscription {
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sender = listeners
            .entry(order_id)
            .or_insert_with(|| watch::channel(None).0);
        Subscription {
            hub: Arc::clone(self),
            order_id,
            news: sender.subscribe(),
        }
    }

    pub fn publish(&self, saga: &Saga, order: &Order) {
        let listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = listeners.get(&order.order_id) {
            sender.send_replace(Some(News {
                order: Arc::new(order.clone()),
                saga_id: saga.saga_id,
                saga_state: saga.state,
            }));
        }
    }
}

impl Subscription {
    /// The next state not returned yet. Dropping the future loses nothing.
    pub async fn next(&mut self) -> News {
        loop {
            if self.news.changed().await.is_err() {
                // Not reachable: the hub holds the sender as long as a subscription lives.
                std::future::pending::<()>().await;
            }
            if let Some(news) = self.news.borrow_and_update().clone() {
                return news;
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self
            .hub
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // This receiver is still counted.
        if listeners
            .get(&self.order_id)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            listeners.remove(&self.order_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_listener_to_leave_is_forgotten() {
        let hub = Arc::new(Hub::default());
        let order_id = OrderId::generate();
        let first = hub.subscribe(order_id);
        let second = hub.subscribe(order_id);
        drop(first);
        assert_eq!(hub.listeners.lock().expect("not poisoned").len(), 1);
        drop(second);
        assert_eq!(hub.listeners.lock().expect("not poisoned").len(), 0);
    }
}
