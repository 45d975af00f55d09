//! Watch streams, bounded in number per replica.
//!
//! Changes of this replica are reported at once through the hub; changes of other replicas by polling the database at a
//! bounded rate. Several changes between two polls may be reported as one; the newest state is always reported.

mod order;
mod poll;
mod sagas;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Concurrent watchers of sagas on one replica. They are operators, and their queries are wider.
const OF_SAGAS_MAX: usize = 50;

/// Permits for watch streams.
#[derive(Debug, Clone)]
pub struct Watchers {
    orders: Arc<Semaphore>,
    sagas: Arc<Semaphore>,
    polls: poll::Polls,
}

impl Watchers {
    /// Permits for this many watchers of orders, and a fixed number for watchers of sagas.
    pub fn of_orders_max(of_orders_max: u32) -> Self {
        let of_orders_max = usize::try_from(of_orders_max).expect("a usize has 32 bits and more");
        Self {
            orders: Arc::new(Semaphore::new(of_orders_max)),
            sagas: Arc::new(Semaphore::new(OF_SAGAS_MAX)),
            polls: poll::Polls::default(),
        }
    }

    /// A permit to watch an order, released on drop. Error: Overloaded.
    fn of_order(&self) -> Result<OwnedSemaphorePermit, Error> {
        place(&self.orders)
    }

    /// A permit to watch sagas, released on drop. Error: Overloaded.
    fn of_sagas(&self) -> Result<OwnedSemaphorePermit, Error> {
        place(&self.sagas)
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| Error::Overloaded)
}
