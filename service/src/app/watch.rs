//! Watching: who watches holds a place among those that may, and hears of changes until there are no more.
//!
//! This replica's news come at once; what another replica writes is seen by looking into the database, at a bounded pace.
//! Changes that follow one another faster than that may be seen as one: the newest is always seen.

mod order;
mod sagas;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Watchers of sagas at once, on one replica: operators, whose looks are wider.
const OF_SAGAS_MAX: usize = 50;
/// How long the store may be away before a watcher is told: another replica may reach it.
const STORE_PATIENCE: Duration = Duration::from_secs(10);

/// The places of those who watch.
#[derive(Debug, Clone)]
pub struct Watchers {
    orders: Arc<Semaphore>,
    sagas: Arc<Semaphore>,
}

impl Watchers {
    /// Places for so many who watch orders, and a few who watch sagas.
    pub fn of_orders_max(of_orders_max: u32) -> Self {
        let of_orders_max = usize::try_from(of_orders_max).expect("a usize has 32 bits and more");
        Self {
            orders: Arc::new(Semaphore::new(of_orders_max)),
            sagas: Arc::new(Semaphore::new(OF_SAGAS_MAX)),
        }
    }

    /// The place of one who watches an order, kept until it is dropped. Error: Overloaded.
    fn of_order(&self) -> Result<OwnedSemaphorePermit, Error> {
        place(&self.orders)
    }

    /// The place of one who watches sagas, kept until it is dropped. Error: Overloaded.
    fn of_sagas(&self) -> Result<OwnedSemaphorePermit, Error> {
        place(&self.sagas)
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| Error::Overloaded)
}
