//! Reads orders, sagas, deliveries and the ledger.

use super::{App, store_error};
use crate::domain::{
    Balance, Delivery, DeliveryFilter, DeliveryId, HistoryEntry, LedgerEntry, LedgerFilter, Order,
    OrderFilter, OrderId, OrganizationId, Page, PageRequest, Saga, SagaFilter, SagaId,
};
use crate::error::{Error, Missing};

/// Most sagas of one order that are read.
const SAGAS_MAX: usize = 100;

impl App {
    /// One order. Errors: NotFound, StoreUnavailable.
    pub async fn get_order(&self, order_id: OrderId) -> Result<Order, Error> {
        let order = self.0.store.order(order_id).await.map_err(store_error)?;
        order.ok_or(Error::NotFound(Missing::Order))
    }

    /// One page of orders. Errors: StoreUnavailable.
    pub async fn list_orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, Error> {
        self.0.store.orders(filter, page).await.map_err(store_error)
    }

    /// One saga with its history. Errors: NotFound, StoreUnavailable.
    pub async fn get_saga(&self, saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error> {
        let found = self.0.store.saga(saga_id).await.map_err(store_error)?;
        let saga = found.ok_or(Error::NotFound(Missing::Saga))?;
        let history = self.0.store.history(saga_id).await.map_err(store_error)?;
        Ok((saga, history))
    }

    /// One page of sagas, without their history. Errors: StoreUnavailable.
    pub async fn list_sagas(
        &self,
        filter: &SagaFilter,
        page: PageRequest,
    ) -> Result<Page<Saga>, Error> {
        self.0.store.sagas(filter, page).await.map_err(store_error)
    }

    /// One delivery. Errors: NotFound, StoreUnavailable.
    pub async fn get_delivery(&self, delivery_id: DeliveryId) -> Result<Delivery, Error> {
        let found = self.0.store.delivery(delivery_id).await;
        found
            .map_err(store_error)?
            .ok_or(Error::NotFound(Missing::Delivery))
    }

    /// One page of deliveries. Errors: StoreUnavailable.
    pub async fn list_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        self.0
            .store
            .deliveries(filter, page)
            .await
            .map_err(store_error)
    }

    /// One page of ledger entries. Errors: StoreUnavailable.
    pub async fn list_ledger_entries(
        &self,
        filter: &LedgerFilter,
        page: PageRequest,
    ) -> Result<Page<LedgerEntry>, Error> {
        let found = self.0.store.ledger_entries(filter, page).await;
        found.map_err(store_error)
    }

    /// The balance of each account of a tenant, per currency. Errors: StoreUnavailable.
    pub async fn get_balances(
        &self,
        organization_id: &OrganizationId,
    ) -> Result<Vec<Balance>, Error> {
        let found = self.0.store.balances(organization_id).await;
        found.map_err(store_error)
    }

    /// The sagas of an order that have not ended, newest first. Errors: StoreUnavailable.
    pub(super) async fn live_sagas(&self, order_id: OrderId) -> Result<Vec<SagaId>, Error> {
        let of_order = SagaFilter {
            order_id: Some(order_id),
            ..SagaFilter::default()
        };
        let mut page = PageRequest {
            after: None,
            size: SAGAS_MAX,
        };
        let mut live = Vec::new();
        loop {
            let found = self.0.store.sagas(&of_order, page).await;
            let found = found.map_err(store_error)?;
            let sagas = found.items.iter().filter(|saga| !saga.state.has_ended());
            live.extend(sagas.map(|saga| saga.saga_id));
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(live),
            }
        }
    }

    /// The saga that moves an order; the booking's saga if none does. Errors: StoreUnavailable.
    pub(super) async fn moving_saga(&self, order: &Order) -> Result<SagaId, Error> {
        let live = self.live_sagas(order.order_id).await?;
        Ok(live.first().copied().unwrap_or(order.saga_id))
    }
}
