//! Binds the sandbox's port and serves its five services on it, with reflection and health. Knows no participant rule.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use order_proto::inventory::v1::inventory_service_server::InventoryServiceServer;
use order_proto::notification::v1::notification_service_server::NotificationServiceServer;
use order_proto::payment::v1::payment_service_server::PaymentServiceServer;
use order_proto::sandbox::v1::sandbox_service_server::SandboxServiceServer;
use order_proto::subscription::v1::subscription_service_server::SubscriptionServiceServer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::config::Config;
use crate::control::{Control, Sender};
use crate::error::Error;
use crate::gate::Gate;
use crate::{inventory, notification, payment, subscription};

/// The time that running calls get to finish after shutdown begins.
const GRACE: Duration = Duration::from_secs(2);

/// A sandbox that is bound to its port and does not serve yet.
#[derive(Debug)]
pub struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
    gate: Arc<Gate>,
    webhook: Option<Sender>,
}

/// Binds the port, then reads the state file. In this order a second sandbox fails before it touches the file.
///
/// # Errors
/// The address is in use, the state file cannot be used, or the webhook's secret is malformed.
pub async fn bind(config: Config) -> Result<Sandbox, Error> {
    let failed = |source| Error::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let webhook = config.webhook.as_ref().map(Sender::new).transpose()?;
    let gate = Arc::new(Gate::open(config.state_file.as_deref())?);
    Ok(Sandbox {
        listener,
        address,
        gate,
        webhook,
    })
}

impl Sandbox {
    /// The address that it listens on, with the actual port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` resolves, then finishes the running calls within 2 s. A dropped future stops at once: answered
    /// requests are in the state file, and delayed requests never act.
    ///
    /// # Errors
    /// The gRPC server failed.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let address = self.address;
        let gate = self.gate;
        let _close = CloseOnDrop(Arc::clone(&gate));
        let control = Control::new(Arc::clone(&gate), self.webhook);
        let (_, health) = tonic_health::server::health_reporter();
        let (stopping, stopped) = oneshot::channel();
        let serving = Server::builder()
            .add_service(InventoryServiceServer::new(inventory::Service(Arc::clone(
                &gate,
            ))))
            .add_service(PaymentServiceServer::new(payment::Service(Arc::clone(
                &gate,
            ))))
            .add_service(NotificationServiceServer::new(notification::Service(
                Arc::clone(&gate),
            )))
            .add_service(SubscriptionServiceServer::new(subscription::Service(gate)))
            .add_service(SandboxServiceServer::new(control))
            .add_service(
                reflection()
                    .build_v1()
                    .expect("the contract describes itself"),
            )
            .add_service(
                reflection()
                    .build_v1alpha()
                    .expect("the contract describes itself"),
            )
            .add_service(health)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(self.listener).with_nodelay(Some(true)),
                async move {
                    shutdown.await;
                    // The receiver is gone when serving has already ended.
                    let _ = stopping.send(());
                },
            );
        let grace_period_over = async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = serving => ended.map_err(|source| Error::Serve { address, source }),
            () = grace_period_over => Ok(()),
        }
    }
}

/// Closes the gate when serving ends for any reason, because a connection's task may outlive it.
struct CloseOnDrop(Arc<Gate>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(order_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name(InventoryServiceServer::<inventory::Service>::NAME)
        .with_service_name(PaymentServiceServer::<payment::Service>::NAME)
        .with_service_name(NotificationServiceServer::<notification::Service>::NAME)
        .with_service_name(SubscriptionServiceServer::<subscription::Service>::NAME)
        .with_service_name(SandboxServiceServer::<Control>::NAME)
}
