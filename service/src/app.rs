//! The use cases: one file each, in domain terms. Knows no protobuf, no HTTP and no SQL.

use std::time::Duration;

use crate::error::Error;
use crate::order::{
    HistoryEntry, Order, OrderFilter, OrderId, Page, PageRequest, PlaceOrder, Saga, SagaFilter,
    SagaId,
};

/// The use cases over one store and one saga engine.
#[derive(Debug, Clone)]
pub struct App {}

/// What placing an order came to.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order as it now stands.
    pub order: Order,
    /// Whether the key had made it before.
    pub replayed: bool,
}

impl App {
    /// Begins a booking and waits up to `wait` for it to be final or to need the buyer. With a key that was used before:
    /// finds what it began. Errors: KeyReused, KeyInUse, StoreUnavailable, Overloaded, ShuttingDown.
    pub async fn place(&self, wish: PlaceOrder, wait: Duration) -> Result<Placed, Error> {
        let _ = (wish, wait);
        Err(Error::NotImplemented)
    }
    /// One order. Errors: NotFound, StoreUnavailable.
    pub async fn order(&self, order_id: OrderId) -> Result<Order, Error> {
        let _ = order_id;
        Err(Error::NotImplemented)
    }
    /// One page of orders.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, Error> {
        let _ = (filter, page);
        Err(Error::NotImplemented)
    }
    /// One saga with its history.
    pub async fn saga(&self, saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error> {
        let _ = saga_id;
        Err(Error::NotImplemented)
    }
    /// One page of sagas.
    pub async fn sagas(&self, filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error> {
        let _ = (filter, page);
        Err(Error::NotImplemented)
    }
}
