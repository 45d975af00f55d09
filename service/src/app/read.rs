//! Looks things up: orders, sagas, and the tenant behind an id.

use crate::error::{Error, Missing};
use crate::order::{
    HistoryEntry, Order, OrderFilter, OrderId, Page, PageRequest, Saga, SagaFilter, SagaId,
};

use super::{App, store_error};

impl App {
    /// One order. Errors: NotFound, StoreUnavailable.
    pub async fn order(&self, order_id: OrderId) -> Result<Order, Error> {
        let order = self.0.store.order(order_id).await.map_err(store_error)?;
        order.ok_or(Error::NotFound(Missing::Order))
    }

    /// One page of orders. Errors: StoreUnavailable.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, Error> {
        self.0.store.orders(filter, page).await.map_err(store_error)
    }

    /// One saga with its history. Errors: NotFound, StoreUnavailable.
    pub async fn saga(&self, saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error> {
        let found = self.0.store.saga(saga_id).await.map_err(store_error)?;
        let saga = found.ok_or(Error::NotFound(Missing::Saga))?;
        let history = self.0.store.history(saga_id).await.map_err(store_error)?;
        Ok((saga, history))
    }

    /// One page of sagas, without their history. Errors: StoreUnavailable.
    pub async fn sagas(&self, filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error> {
        self.0.store.sagas(filter, page).await.map_err(store_error)
    }
}
