//! The use cases as a trait, so that the rpcs are tested without a store and an engine.

use std::future::Future;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};

use crate::app::{App, OrderReply, SagaReply};
use crate::domain::{
    Balance, CancelOrder, Claim, CreateOrder, Delivery, DeliveryFilter, DeliveryId, HistoryEntry,
    LedgerEntry, LedgerFilter, Operate, Order, OrderFilter, OrderId, OrganizationId, Page,
    PageRequest, RefundOrder, Saga, SagaFilter, SagaId, Webhook,
};
use crate::error::Error;

/// Declares the trait, and implements it for `App` by the methods of the same names.
macro_rules! use_cases {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)+) => {
        /// The use cases behind the rpcs; `app` documents each and its errors.
        pub trait UseCases: Clone + Send + Sync + 'static {
            $($(#[$doc])+
            fn $name(&self, $($argument: $type),*) -> impl Future<Output = $result> + Send;)+

            /// The order now, and after each change, until it is final.
            fn watch_order(
                &self,
                order_id: OrderId,
            ) -> impl Future<Output = Result<Changes<Order>, Error>> + Send;

            /// The sagas that match, and then each that changes.
            fn watch_sagas(
                &self,
                filter: SagaFilter,
            ) -> impl Future<Output = Result<Changes<Saga>, Error>> + Send;
        }

        impl UseCases for App {
            $(async fn $name(&self, $($argument: $type),*) -> $result {
                Self::$name(self, $($argument),*).await
            })+

            async fn watch_order(&self, order_id: OrderId) -> Result<Changes<Order>, Error> {
                Ok(Self::watch_order(self, order_id).await?.boxed())
            }

            async fn watch_sagas(&self, filter: SagaFilter) -> Result<Changes<Saga>, Error> {
                Ok(Self::watch_sagas(self, filter).await?.boxed())
            }
        }
    };
}

/// A stream of states, each after a change.
pub(crate) type Changes<T> = BoxStream<'static, Result<T, Error>>;

use_cases! {
    /// Starts a booking, or returns the order that the key started.
    create_order(command: CreateOrder, wait: Duration) -> Result<OrderReply, Error>;
    /// Cancels an order, or returns the order that the key cancelled.
    cancel_order(command: CancelOrder, wait: Duration) -> Result<OrderReply, Error>;
    /// Refunds an order, or returns the order that the key refunded.
    refund_order(command: RefundOrder, wait: Duration) -> Result<OrderReply, Error>;
    /// One order by id.
    get_order(order_id: OrderId) -> Result<Order, Error>;
    /// One page of orders.
    list_orders(filter: &OrderFilter, page: PageRequest) -> Result<Page<Order>, Error>;
    /// One saga with its history.
    get_saga(saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error>;
    /// Applies an operator's command to a saga, or returns the saga that the key acted on.
    operate_saga(command: Operate) -> Result<SagaReply, Error>;
    /// One page of sagas.
    list_sagas(filter: &SagaFilter, page: PageRequest) -> Result<Page<Saga>, Error>;
    /// Records a webhook whose signature is valid.
    receive_payment_webhook(webhook: Webhook) -> Result<(), Error>;
    /// One page of deliveries.
    list_deliveries(filter: &DeliveryFilter, page: PageRequest) -> Result<Page<Delivery>, Error>;
    /// Makes a delivery due now; the flag is whether the key was used before.
    retry_delivery(delivery_id: DeliveryId, claim: Option<Claim>) -> Result<(Delivery, bool), Error>;
    /// One page of ledger entries.
    list_ledger_entries(filter: &LedgerFilter, page: PageRequest) -> Result<Page<LedgerEntry>, Error>;
    /// The balance of each account of a tenant, per currency.
    get_balances(organization_id: &OrganizationId) -> Result<Vec<Balance>, Error>;
}
