//! What the rpcs need of the application, so that they can be tried without a store and an engine.

use std::future::Future;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};

use crate::app::{App, Operated, Placed};
use crate::domain::{
    Balance, CancelOrder, Claim, Delivery, DeliveryFilter, DeliveryId, HistoryEntry, LedgerEntry,
    LedgerFilter, Operate, Order, OrderFilter, OrderId, OrganizationId, Page, PageRequest,
    PlaceOrder, RefundOrder, Saga, SagaFilter, SagaId, Webhook,
};
use crate::error::Error;

/// The use cases behind the rpcs; `app` says what each does and when it fails.
pub trait UseCases: Clone + Send + Sync + 'static {
    /// Begins a booking, or finds what the key began.
    fn place(
        &self,
        wish: PlaceOrder,
        wait: Duration,
    ) -> impl Future<Output = Result<Placed, Error>> + Send;

    /// Cancels an order, or finds what the key cancelled.
    fn cancel(
        &self,
        wish: CancelOrder,
        wait: Duration,
    ) -> impl Future<Output = Result<Placed, Error>> + Send;

    /// Refunds an order, or finds what the key refunded.
    fn refund(
        &self,
        wish: RefundOrder,
        wait: Duration,
    ) -> impl Future<Output = Result<Placed, Error>> + Send;

    /// One order.
    fn order(&self, order_id: OrderId) -> impl Future<Output = Result<Order, Error>> + Send;

    /// The order now, and after each change, until it is final.
    fn watch_order(
        &self,
        order_id: OrderId,
    ) -> impl Future<Output = Result<BoxStream<'static, Result<Order, Error>>, Error>> + Send;

    /// One page of orders.
    fn orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> impl Future<Output = Result<Page<Order>, Error>> + Send;

    /// One saga with its history.
    fn saga(
        &self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<(Saga, Vec<HistoryEntry>), Error>> + Send;

    /// Does what an operator asks of a saga, or finds what the key did.
    fn operate(&self, wish: Operate) -> impl Future<Output = Result<Operated, Error>> + Send;

    /// One page of sagas.
    fn sagas(
        &self,
        filter: &SagaFilter,
        page: PageRequest,
    ) -> impl Future<Output = Result<Page<Saga>, Error>> + Send;

    /// The sagas that fit, and then each that changes.
    fn watch_sagas(
        &self,
        filter: SagaFilter,
    ) -> impl Future<Output = Result<BoxStream<'static, Result<Saga, Error>>, Error>> + Send;

    /// Takes a webhook whose signature is good.
    fn receive_webhook(&self, webhook: Webhook) -> impl Future<Output = Result<(), Error>> + Send;

    /// One page of deliveries.
    fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> impl Future<Output = Result<Page<Delivery>, Error>> + Send;

    /// Makes a delivery due now; with whether its key had done so before.
    fn retry_delivery(
        &self,
        delivery_id: DeliveryId,
        claim: Option<Claim>,
    ) -> impl Future<Output = Result<(Delivery, bool), Error>> + Send;

    /// One page of ledger entries.
    fn ledger_entries(
        &self,
        filter: &LedgerFilter,
        page: PageRequest,
    ) -> impl Future<Output = Result<Page<LedgerEntry>, Error>> + Send;

    /// What each account of a tenant comes to.
    fn balances(
        &self,
        organization_id: &OrganizationId,
    ) -> impl Future<Output = Result<Vec<Balance>, Error>> + Send;
}

impl UseCases for App {
    async fn place(&self, wish: PlaceOrder, wait: Duration) -> Result<Placed, Error> {
        Self::place(self, wish, wait).await
    }

    async fn cancel(&self, wish: CancelOrder, wait: Duration) -> Result<Placed, Error> {
        Self::cancel(self, wish, wait).await
    }

    async fn refund(&self, wish: RefundOrder, wait: Duration) -> Result<Placed, Error> {
        Self::refund(self, wish, wait).await
    }

    async fn order(&self, order_id: OrderId) -> Result<Order, Error> {
        Self::order(self, order_id).await
    }

    async fn watch_order(
        &self,
        order_id: OrderId,
    ) -> Result<BoxStream<'static, Result<Order, Error>>, Error> {
        Ok(Self::watch_order(self, order_id).await?.boxed())
    }

    async fn orders(&self, filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, Error> {
        Self::orders(self, filter, page).await
    }

    async fn saga(&self, saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error> {
        Self::saga(self, saga_id).await
    }

    async fn operate(&self, wish: Operate) -> Result<Operated, Error> {
        Self::operate(self, wish).await
    }

    async fn sagas(&self, filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error> {
        Self::sagas(self, filter, page).await
    }

    async fn watch_sagas(
        &self,
        filter: SagaFilter,
    ) -> Result<BoxStream<'static, Result<Saga, Error>>, Error> {
        Ok(Self::watch_sagas(self, filter).await?.boxed())
    }

    async fn receive_webhook(&self, webhook: Webhook) -> Result<(), Error> {
        Self::receive_webhook(self, webhook).await
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        Self::deliveries(self, filter, page).await
    }

    async fn retry_delivery(
        &self,
        delivery_id: DeliveryId,
        claim: Option<Claim>,
    ) -> Result<(Delivery, bool), Error> {
        Self::retry_delivery(self, delivery_id, claim).await
    }

    async fn ledger_entries(
        &self,
        filter: &LedgerFilter,
        page: PageRequest,
    ) -> Result<Page<LedgerEntry>, Error> {
        Self::ledger_entries(self, filter, page).await
    }

    async fn balances(&self, organization_id: &OrganizationId) -> Result<Vec<Balance>, Error> {
        Self::balances(self, organization_id).await
    }
}
