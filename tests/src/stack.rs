//! The whole product in processes of its own, as a platform team runs it: sandbox, replicas, gateway, on fresh stores.
//!
//! Owns addresses and lives. Knows nothing of what a scenario does with them.

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
use crate::{Api, Backend, Booking, binary};

pub use setup::Setup;

/// The one place at which a service built for it holds still.
const FAILPOINT: &str = "FAILPOINT";

#[derive(Debug)]
struct Replica {
    port: Port,
    process: Option<Process>,
}

/// A running product.
#[derive(Debug)]
pub struct Stack {
    /// The participants.
    pub sandbox: Sandbox,
    sandbox_port: Port,
    sandbox_process: Option<Process>,
    replicas: Vec<Replica>,
    gateway_port: Port,
    gateway: Option<Process>,
    settings: Settings,
    // Last: the processes that write into it are ended first.
    folder: TempDir,
}

impl Stack {
    /// One replica with the default settings.
    pub async fn on(backend: Backend) -> Self {
        Setup::on(backend).start().await
    }

    /// A client of the gateway.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.gateway_port.url())
    }

    /// The service's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// `127.0.0.1:<port>` of a replica.
    #[must_use]
    pub fn address(&self, replica: usize) -> String {
        format!("127.0.0.1:{}", self.replicas[replica].port.number())
    }

    /// A connection to a replica, made when it is used.
    ///
    /// # Panics
    /// Never: the address is ours.
    #[must_use]
    pub fn channel(&self, replica: usize) -> Channel {
        let url = self.replicas[replica].port.url();
        Endpoint::from_shared(url)
            .expect("our own URL")
            .connect_lazy()
    }

    /// A connection to the participants, for a test that acts as somebody else who calls them.
    ///
    /// # Panics
    /// Never: the address is ours.
    #[must_use]
    pub fn participants(&self) -> Channel {
        let url = self.sandbox_port.url();
        Endpoint::from_shared(url)
            .expect("our own URL")
            .connect_lazy()
    }

    /// A gRPC client of the first replica.
    #[must_use]
    pub fn orders(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.channel(0))
    }

    /// A gRPC client of the first replica.
    #[must_use]
    pub fn sagas(&self) -> SagaServiceClient<Channel> {
        SagaServiceClient::new(self.channel(0))
    }

    /// Books over gRPC, without a key.
    ///
    /// # Panics
    /// When no order is answered.
    pub async fn book(&self, booking: &Booking) -> Order {
        self.orders()
            .create_order(booking.proto())
            .await
            .expect("an order is answered")
            .into_inner()
    }

    /// The order as it now stands.
    ///
    /// # Panics
    /// When it is not answered.
    pub async fn order(&self, order_id: &str) -> Order {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
        };
        self.orders()
            .get_order(request)
            .await
            .expect("the order is answered")
            .into_inner()
    }

    /// The saga as it now stands.
    ///
    /// # Panics
    /// When it is not answered.
    pub async fn saga(&self, saga_id: &str) -> Saga {
        let request = GetSagaRequest {
            saga_id: saga_id.to_owned(),
        };
        self.sagas()
            .get_saga(request)
            .await
            .expect("the saga is answered")
            .into_inner()
    }

    /// The order's sagas of this plan, newest first.
    ///
    /// # Panics
    /// When they are not answered.
    pub async fn sagas_of(&self, order_id: &str, kind: &str) -> Vec<Saga> {
        let request = ListSagasRequest {
            order_id: order_id.to_owned(),
            kind: kind.to_owned(),
            ..Default::default()
        };
        let answer = self.sagas().list_sagas(request).await;
        answer.expect("sagas are listed").into_inner().sagas
    }

    /// Waits until the order has a saga of this plan.
    ///
    /// # Panics
    /// When it has not in time.
    pub async fn begins(&self, order_id: &str, kind: &str) -> Saga {
        let what = format!("order {order_id} to begin {kind}");
        until(&what, SOON, async || {
            let mut sagas = self.sagas_of(order_id, kind).await;
            sagas.pop()
        })
        .await
    }

    /// Waits until the order stands in this state.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn becomes(&self, order_id: &str, state: OrderState) -> Order {
        let what = format!("order {order_id} to be {}", state.as_str_name());
        until(&what, SOON, async || {
            let order = self.order(order_id).await;
            (order.state() == state).then_some(order)
        })
        .await
    }

    /// Waits until a replica is at this step of the saga.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn reaches(&self, saga_id: &str, step: &str) {
        let what = format!("saga {saga_id} to reach {step}");
        until(&what, SOON, async || {
            (self.saga(saga_id).await.current_step == step).then_some(())
        })
        .await;
    }

    /// SIGKILL to a replica.
    pub fn kill(&mut self, replica: usize) {
        self.replicas[replica].process = None;
    }

    /// Starts a replica that was killed, on its old port and stores.
    pub async fn restart(&mut self, replica: usize) {
        self.spawn_replica(replica);
        self.replica_ready(replica).await;
    }

    /// From its next start on, a replica holds still where it comes to this place, such as
    /// `book_tickets/hold_seats/act/after_call`; with none it runs through.
    pub fn hold_at(&mut self, place: Option<&str>) {
        self.settings.retain(|(name, _)| name != FAILPOINT);
        if let Some(place) = place {
            set(&mut self.settings, FAILPOINT, place);
        }
    }

    /// Waits until a replica is held at this place, for the first time in the life of its log.
    ///
    /// # Panics
    /// When it does not come there in time.
    pub async fn is_held(&self, replica: usize, place: &str) {
        let process = self.replicas[replica].process.as_ref().expect("it runs");
        let line = format!("held at {place}");
        until(
            &format!("a replica to be held at {place}"),
            SOON,
            async || process.log().contains(&line).then_some(()),
        )
        .await;
    }

    /// Starts a replica and does not wait for it.
    pub fn begin(&mut self, replica: usize) {
        self.spawn_replica(replica);
    }

    /// Whether a replica that was started has ended by itself.
    pub fn has_ended(&mut self, replica: usize) -> bool {
        let process = self.replicas[replica].process.as_mut();
        process.is_some_and(|process| process.ended().is_some())
    }

    /// The process of a replica.
    ///
    /// # Panics
    /// When it was killed.
    pub fn replica(&mut self, replica: usize) -> &mut Process {
        self.replicas[replica].process.as_mut().expect("it runs")
    }

    /// Ends the participants; what they know stays in their file.
    pub fn kill_sandbox(&mut self) {
        self.sandbox_process = None;
    }

    /// Starts the participants.
    pub async fn start_sandbox(&mut self) {
        self.spawn_sandbox();
        self.sandbox_ready().await;
    }

    /// All that the product has logged, by process.
    #[must_use]
    pub fn logs(&self) -> Vec<(String, String)> {
        let files = std::fs::read_dir(self.folder.path()).expect("our own folder");
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

    fn spawn_sandbox(&mut self) {
        let state = self.folder.path().join("sandbox.state");
        let args = [
            "sandbox".to_owned(),
            "--port".to_owned(),
            self.sandbox_port.number().to_string(),
            "--state-file".to_owned(),
            state.display().to_string(),
            "--webhook-url".to_owned(),
            format!("{}/v1/webhooks/payment", self.gateway_port.url()),
        ];
        let secret = self
            .settings
            .iter()
            .filter(|(name, _)| ["WEBHOOK_SECRET", "RUST_LOG"].contains(&name.as_str()));
        let secret: Settings = secret.cloned().collect();
        let program = binary::path(binary::SERVICE);
        self.sandbox_process = Some(Process::start(
            "sandbox",
            &program,
            &args,
            &secret,
            self.folder.path(),
        ));
    }

    fn spawn_replica(&mut self, replica: usize) {
        let mut settings = self.settings.clone();
        set(
            &mut settings,
            "GRPC_PORT",
            self.replicas[replica].port.number(),
        );
        let is_held = settings.iter().any(|(name, _)| name == FAILPOINT);
        let program = binary::path(if is_held {
            binary::SERVICE_WITH_FAILPOINTS
        } else {
            binary::SERVICE
        });
        let name = format!("service-{replica}");
        let args = ["serve".to_owned()];
        self.replicas[replica].process = Some(Process::start(
            &name,
            &program,
            &args,
            &settings,
            self.folder.path(),
        ));
    }

    fn spawn_gateway(&mut self) {
        let mut settings = Settings::new();
        set(&mut settings, "HTTP_PORT", self.gateway_port.number());
        set(
            &mut settings,
            "ORDER_SERVICE_URL",
            self.replicas[0].port.url(),
        );
        set(&mut settings, "RUST_LOG", "info");
        let shared = self
            .settings
            .iter()
            .filter(|(name, _)| name.starts_with("OTEL_"));
        settings.extend(shared.cloned());
        let program = binary::path(binary::GATEWAY);
        self.gateway = Some(Process::start(
            "gateway",
            &program,
            &[],
            &settings,
            self.folder.path(),
        ));
    }

    async fn sandbox_ready(&mut self) {
        let process = self.sandbox_process.as_mut().expect("just started");
        let sandbox = self.sandbox.clone();
        until("the sandbox to answer", SOON, async || {
            process.expect_running();
            sandbox.answers().await.then_some(())
        })
        .await;
    }

    async fn replica_ready(&mut self, replica: usize) {
        let channel = self.channel(replica);
        let process = self.replicas[replica]
            .process
            .as_mut()
            .expect("just started");
        until("the service to be SERVING", SOON, async || {
            process.expect_running();
            serving(channel.clone()).await.then_some(())
        })
        .await;
    }

    async fn gateway_ready(&mut self) {
        let api = self.api();
        let gateway = self.gateway.as_mut().expect("just started");
        until("the gateway to be ready", SOON, async || {
            gateway.expect_running();
            api.answers("/readyz", 200).await.then_some(())
        })
        .await;
    }
}

/// Whether the standard health service says so.
pub async fn serving(channel: Channel) -> bool {
    let asked = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    asked.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}
