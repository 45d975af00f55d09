//! The rpcs of package `order.v1`: the only place that converts protobuf to domain types and back.
//!
//! Owns validation, rendering, page tokens and the only mapping from errors to gRPC statuses. Knows nothing of sagas,
//! stores or participants.

mod call;
mod delivery_service;
mod ledger_service;
mod order_service;
mod page;
mod parse;
mod payment_webhook_service;
mod refusal;
mod render;
mod saga_service;
mod signature;
mod status;
mod use_cases;
mod watch;

use order_proto::order::v1::delivery_service_server::DeliveryServiceServer;
use order_proto::order::v1::ledger_service_server::LedgerServiceServer;
use order_proto::order::v1::order_service_server::OrderServiceServer;
use order_proto::order::v1::payment_webhook_service_server::PaymentWebhookServiceServer;
use order_proto::order::v1::saga_service_server::SagaServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::server::NamedService;
use tonic::service::Routes;

pub use page::Pages;
pub use signature::Signatures;
pub use status::{refuse, status};
pub use use_cases::UseCases;

/// Largest request, in bytes.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// The full names of the services.
pub const SERVICES: [&str; 5] = [
    <OrderServiceServer<()> as NamedService>::NAME,
    <SagaServiceServer<()> as NamedService>::NAME,
    <DeliveryServiceServer<()> as NamedService>::NAME,
    <LedgerServiceServer<()> as NamedService>::NAME,
    <PaymentWebhookServiceServer<()> as NamedService>::NAME,
];

/// Every service of package `order.v1`, over these use cases. Streams end when the service is `closing`.
pub fn routes<U: UseCases>(
    use_cases: &U,
    pages: &Pages,
    signatures: &Signatures,
    closing: &CancellationToken,
) -> Routes {
    let orders = order_service::Orders::new(use_cases.clone(), pages.clone(), closing.clone());
    let sagas = saga_service::Sagas::new(use_cases.clone(), pages.clone(), closing.clone());
    let webhooks =
        payment_webhook_service::PaymentWebhooks::new(use_cases.clone(), signatures.clone());
    let deliveries = delivery_service::Deliveries::new(use_cases.clone(), pages.clone());
    let ledger = ledger_service::Ledger::new(use_cases.clone(), pages.clone());
    /// The server of a service, with the bound and the codings of every service.
    macro_rules! server {
        ($server:ident, $service:expr) => {
            $server::new($service)
                .max_decoding_message_size(REQUEST_BYTES_MAX)
                .send_compressed(CompressionEncoding::Gzip)
                .send_compressed(CompressionEncoding::Zstd)
        };
    }
    Routes::default()
        .add_service(server!(OrderServiceServer, orders))
        .add_service(server!(SagaServiceServer, sagas))
        .add_service(server!(DeliveryServiceServer, deliveries))
        .add_service(server!(LedgerServiceServer, ledger))
        .add_service(server!(PaymentWebhookServiceServer, webhooks))
}

#[cfg(test)]
pub(crate) mod tests;
