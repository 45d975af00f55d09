//! The whole product in separate processes on empty stores: sandbox, replicas and gateway.
//!
//! Owns the addresses and the processes' lifetimes. Knows nothing of the scenarios.

mod processes;
mod rows;
mod setup;

use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::saga_service_client::SagaServiceClient;
use order_proto::order::v1::{
    GetOrderRequest, GetSagaRequest, ListSagasRequest, Order, OrderState, Saga,
};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::port::Port;
use crate::process::Process;
use crate::sandbox::Sandbox;
use crate::settings::{Settings, set};
use crate::wait::{SOON, until};
use crate::{Api, Backend, Booking};

pub use setup::Setup;

/// The setting that names the place at which the service pauses; read by the build with failpoints only.
const FAILPOINT: &str = "FAILPOINT";

#[derive(Debug)]
struct Replica {
    port: Port,
    process: Option<Process>,
}

/// A running product.
#[derive(Debug)]
pub struct Stack {
    /// The client of the participants.
    pub sandbox: Sandbox,
    sandbox_port: Port,
    sandbox_process: Option<Process>,
    replicas: Vec<Replica>,
    gateway_port: Port,
    gateway: Option<Process>,
    settings: Settings,
    // Dropped last: the processes that write into it are ended first.
    folder: TempDir,
}

impl Stack {
    /// Starts one replica with the default settings.
    pub async fn on(backend: Backend) -> Self {
        Setup::on(backend).start().await
    }

    /// A client of the gateway.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.gateway_port.url())
    }

    /// The settings of the service.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The address `127.0.0.1:<port>` of a replica.
    #[must_use]
    pub fn address(&self, replica: usize) -> String {
        format!("127.0.0.1:{}", self.replicas[replica].port.number())
    }

    /// A connection to a replica, opened on first use.
    ///
    /// # Panics
    /// Never: the URL is valid.
    #[must_use]
    pub fn channel(&self, replica: usize) -> Channel {
        let url = self.replicas[replica].port.url();
        Endpoint::from_shared(url)
            .expect("a valid URL")
            .connect_lazy()
    }

    /// A connection to the participants, for a test that acts as another of their clients.
    ///
    /// # Panics
    /// Never: the URL is valid.
    #[must_use]
    pub fn participants(&self) -> Channel {
        let url = self.sandbox_port.url();
        Endpoint::from_shared(url)
            .expect("a valid URL")
            .connect_lazy()
    }

    /// A client of the first replica's `OrderService`.
    #[must_use]
    pub fn orders(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.channel(0))
    }

    /// A client of the first replica's `SagaService`.
    #[must_use]
    pub fn sagas(&self) -> SagaServiceClient<Channel> {
        SagaServiceClient::new(self.channel(0))
    }

    /// Calls `CreateOrder` over gRPC without an idempotency key.
    ///
    /// # Panics
    /// When no order is returned.
    pub async fn book(&self, booking: &Booking) -> Order {
        self.orders()
            .create_order(booking.proto())
            .await
            .expect("an order is returned")
            .into_inner()
    }

    /// The current state of the order.
    ///
    /// # Panics
    /// When it is not returned.
    pub async fn order(&self, order_id: &str) -> Order {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
        };
        self.orders()
            .get_order(request)
            .await
            .expect("the order is returned")
            .into_inner()
    }

    /// The current state of the saga.
    ///
    /// # Panics
    /// When it is not returned.
    pub async fn saga(&self, saga_id: &str) -> Saga {
        let request = GetSagaRequest {
            saga_id: saga_id.to_owned(),
        };
        self.sagas()
            .get_saga(request)
            .await
            .expect("the saga is returned")
            .into_inner()
    }

    /// The order's sagas of this plan, newest first.
    ///
    /// # Panics
    /// When they are not returned.
    pub async fn sagas_of(&self, order_id: &str, kind: &str) -> Vec<Saga> {
        let request = ListSagasRequest {
            order_id: order_id.to_owned(),
            kind: kind.to_owned(),
            ..Default::default()
        };
        let answer = self.sagas().list_sagas(request).await;
        answer.expect("sagas are listed").into_inner().sagas
    }

    /// Waits until the order has a saga of this plan, and returns the newest.
    ///
    /// # Panics
    /// When it has none within [`SOON`].
    pub async fn begins(&self, order_id: &str, kind: &str) -> Saga {
        let what = format!("order {order_id} to begin {kind}");
        until(&what, SOON, async || {
            let mut sagas = self.sagas_of(order_id, kind).await;
            sagas.pop()
        })
        .await
    }

    /// Waits until the order is in this state.
    ///
    /// # Panics
    /// When it is not within [`SOON`].
    pub async fn becomes(&self, order_id: &str, state: OrderState) -> Order {
        let what = format!("order {order_id} to be {}", state.as_str_name());
        until(&what, SOON, async || {
            let order = self.order(order_id).await;
            (order.state() == state).then_some(order)
        })
        .await
    }

    /// Waits until this step is the saga's current step.
    ///
    /// # Panics
    /// When it is not within [`SOON`].
    pub async fn reaches(&self, saga_id: &str, step: &str) {
        let what = format!("saga {saga_id} to reach {step}");
        until(&what, SOON, async || {
            (self.saga(saga_id).await.current_step == step).then_some(())
        })
        .await;
    }

    /// Kills a replica with SIGKILL.
    pub fn kill(&mut self, replica: usize) {
        self.replicas[replica].process = None;
    }

    /// Starts a killed replica with its earlier port and stores, and waits until it is SERVING.
    pub async fn restart(&mut self, replica: usize) {
        self.spawn_replica(replica);
        self.replica_ready(replica).await;
    }

    /// From its next start, a replica pauses at this failpoint, such as `book_tickets/hold_seats/act/after_call`;
    /// `None` removes the failpoint.
    pub fn pause_at(&mut self, place: Option<&str>) {
        self.settings.retain(|(name, _)| name != FAILPOINT);
        if let Some(place) = place {
            set(&mut self.settings, FAILPOINT, place);
        }
    }

    /// Waits until a replica's log reports that it has paused at this failpoint.
    ///
    /// # Panics
    /// When it does not within the bound.
    pub async fn has_paused_at(&self, replica: usize, place: &str) {
        let process = self.replicas[replica]
            .process
            .as_ref()
            .expect("the replica runs");
        let line = format!("held at {place}");
        until(
            &format!("a replica to be held at {place}"),
            SOON,
            async || process.log().contains(&line).then_some(()),
        )
        .await;
    }

    /// Starts a replica without waiting for it.
    pub fn begin(&mut self, replica: usize) {
        self.spawn_replica(replica);
    }

    /// Whether a started replica has ended by itself.
    pub fn has_ended(&mut self, replica: usize) -> bool {
        let process = self.replicas[replica].process.as_mut();
        process.is_some_and(|process| process.ended().is_some())
    }

    /// The process of a replica.
    ///
    /// # Panics
    /// When the replica was killed.
    pub fn replica(&mut self, replica: usize) -> &mut Process {
        self.replicas[replica]
            .process
            .as_mut()
            .expect("the replica runs")
    }

    /// Kills the participants; their state stays in their state file.
    pub fn kill_sandbox(&mut self) {
        self.sandbox_process = None;
    }

    /// Starts the participants, and waits until they answer.
    pub async fn start_sandbox(&mut self) {
        self.spawn_sandbox();
        self.sandbox_ready().await;
    }

    /// The logs of all processes, as pairs of file name and content.
    #[must_use]
    pub fn logs(&self) -> Vec<(String, String)> {
        let files = std::fs::read_dir(self.folder.path()).expect("the stack's folder can be read");
        let files = files.filter_map(Result::ok).map(|file| file.path());
        let logs = files.filter(|path| path.extension().is_some_and(|end| end == "log"));
        logs.map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap_or_default(),
            )
        })
        .collect()
    }
}

/// Whether the standard health service reports SERVING.
pub async fn serving(channel: Channel) -> bool {
    let asked = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    asked.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}
