//! News of orders within this process: whoever waits for an order hears of each commit that moves it.
//!
//! A convenience, not a truth: sagas that another replica drives are seen by reading the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::{Order, OrderId, Saga, SagaId, SagaState};

/// Where an order and its saga stand.
#[derive(Debug, Clone)]
pub struct News {
    /// The order.
    pub order: Arc<Order>,
    /// The saga that moved it.
    pub saga_id: SagaId,
    /// That saga's state.
    pub saga_state: SagaState,
}

/// The exchange.
#[derive(Debug, Default)]
pub struct Hub {
    listeners: Mutex<HashMap<OrderId, watch::Sender<Option<News>>>>,
}

/// One listener's place. Leaving forgets it.
#[derive(Debug)]
pub struct Subscription {
    hub: Arc<Hub>,
    order_id: OrderId,
    news: watch::Receiver<Option<News>>,
}

impl Hub {
    /// Listens for news of this order from now on.
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

    /// Tells whoever listens.
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
    /// The next news not heard yet. Dropping the future loses nothing.
    pub async fn next(&mut self) -> News {
        loop {
            if self.news.changed().await.is_err() {
                // The hub lives as long as this does, and so does the sender.
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
        // This receiver still counts.
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
