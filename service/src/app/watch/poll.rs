//! One poll of the database for each watched order, shared by all of its watchers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::{Order, OrderId};
use crate::store;
use crate::store::Store;

/// First pause between two reads of the database; doubles, and starts over with each change.
const LOOK_FIRST: Duration = Duration::from_millis(500);
/// Longest pause between two reads of the database.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// How long the database may be unreachable before a stream ends with an error: another replica may reach it.
pub(super) const STORE_PATIENCE: Duration = Duration::from_secs(10);

/// What a poll has found.
#[derive(Debug, Clone)]
pub(super) enum Look {
    Order(Arc<Order>),
    Missing,
    /// The database cannot be read, or not for longer than a stream waits.
    Failed(Arc<store::Error>),
}

type Sender = watch::Sender<Option<Look>>;

/// The orders that are watched on this replica.
#[derive(Debug, Clone, Default)]
pub(super) struct Polls(Arc<Mutex<HashMap<OrderId, Sender>>>);

/// A subscription to the poll of one order, which ends with its last subscription.
#[derive(Debug)]
pub(super) struct Poll(watch::Receiver<Option<Look>>);

impl Polls {
    /// Subscribes to the changes that polling finds from now on. Starts polling for the first watcher of the order.
    pub(super) fn subscribe(&self, store: &Store, order_id: OrderId) -> Poll {
        match self.lock().entry(order_id) {
            Entry::Occupied(known) => Poll(known.get().subscribe()),
            Entry::Vacant(new) => {
                let (sender, receiver) = watch::channel(None);
                new.insert(sender.clone());
                tokio::spawn(run(self.clone(), store.clone(), order_id, sender));
                Poll(receiver)
            }
        }
    }

    /// Forgets an order that has no watcher any more. False: a new one has subscribed meanwhile.
    fn forget(&self, order_id: OrderId, sender: &Sender) -> bool {
        let mut polled = self.lock();
        let is_unwatched = sender.receiver_count() == 0;
        if is_unwatched {
            polled.remove(&order_id);
        }
        is_unwatched
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, Sender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Poll {
    /// The next thing that polling found. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Look {
        loop {
            if self.0.changed().await.is_err() {
                // Not reachable: the poll holds the sender as long as a subscription lives.
                std::future::pending::<()>().await;
            }
            if let Some(look) = self.0.borrow_and_update().clone() {
                return look;
            }
        }
    }
}

/// Reads the order until its last watcher leaves. Only changes wake watchers.
async fn run(polls: Polls, store: Store, order_id: OrderId, sender: Sender) {
    let (mut pause, mut seen, mut away_since) = (LOOK_FIRST, None, None);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = sender.closed() => {
                if polls.forget(order_id, &sender) {
                    return;
                }
                continue;
            }
        }
        pause = (pause * 2).min(LOOK_MAX);
        let look = match store.order(order_id).await {
            Ok(Some(order)) => {
                let version = Some(order.version);
                if away_since.take().is_none() && seen == version {
                    continue;
                }
                if seen != version {
                    pause = LOOK_FIRST;
                }
                seen = version;
                Look::Order(Arc::new(order))
            }
            Ok(None) => Look::Missing,
            Err(error) => {
                let since = *away_since.get_or_insert_with(Instant::now);
                if error.is_unavailable() && since.elapsed() < STORE_PATIENCE {
                    continue;
                }
                Look::Failed(Arc::new(error))
            }
        };
        sender.send_replace(Some(look));
    }
}
