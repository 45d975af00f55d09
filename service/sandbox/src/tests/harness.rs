//! A sandbox on a free port and its control service, used as a client uses them. Holds no rule.

use std::net::SocketAddr;
use std::time::Duration;

use order_proto::inventory::v1 as inventory;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::payment::v1 as payment;
use order_proto::sandbox::v1 as sandbox;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Channel;

pub(super) use super::calls::{PATIENCE, acting, code, eventually, plain, refusal, usd};
use super::order::Order;
use crate::{Config, Error, Webhook, bind};

/// A running sandbox.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) channel: Channel,
    serving: JoinHandle<Result<(), Error>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub(super) async fn with_webhook(webhook: Webhook) -> Self {
        Self::start_with(Config {
            webhook: Some(webhook),
            ..config()
        })
        .await
    }

    pub(super) async fn start_with(config: Config) -> Self {
        let bound = bind(config).await.expect("the sandbox binds");
        let address = bound.local_addr();
        let serving = tokio::spawn(bound.serve(std::future::pending()));
        let channel = Channel::from_shared(format!("http://{address}"))
            .expect("it is a URL")
            .connect_lazy();
        Self {
            address,
            channel,
            serving,
        }
    }

    /// Aborts the server task, as killing the process would.
    pub(super) async fn kill(self) {
        self.serving.abort();
        let ended = self.serving.await.expect_err("it was aborted");
        assert!(ended.is_cancelled());
    }

    pub(super) fn order(&self, id: &str) -> Order {
        Order::new(id, self.channel.clone())
    }

    pub(super) fn control(&self) -> SandboxServiceClient<Channel> {
        SandboxServiceClient::new(self.channel.clone())
    }

    pub(super) async fn totals(&self, order_id: &str) -> sandbox::GetTotalsResponse {
        let order_id = order_id.to_owned();
        let mut control = self.control();
        let totals = control.get_totals(sandbox::GetTotalsRequest { order_id });
        totals.await.expect("totals are answered").into_inner()
    }

    pub(super) async fn journal(&self, order_id: &str) -> Vec<sandbox::JournalEntry> {
        let request = sandbox::GetJournalRequest {
            order_id: order_id.to_owned(),
            after_sequence: 0,
        };
        let journal = self.control().get_journal(request).await;
        journal
            .expect("the journal is answered")
            .into_inner()
            .entries
    }

    /// Method and outcome of each request of this order, oldest first.
    pub(super) async fn outcomes(&self, order_id: &str) -> Vec<(String, sandbox::JournalOutcome)> {
        let entries = self.journal(order_id).await;
        let outcomes = entries.into_iter().map(|entry| {
            let outcome = entry.outcome();
            (entry.method, outcome)
        });
        outcomes.collect()
    }

    pub(super) async fn inject(
        &self,
        (service, method): (&str, &str),
        kind: sandbox::FaultKind,
        times: i32,
        delay_millis: u64,
    ) -> Result<(), Status> {
        let delay = Duration::from_millis(delay_millis);
        let request = sandbox::SetFaultRequest {
            service: service.to_owned(),
            method: method.to_owned(),
            kind: kind.into(),
            times,
            delay: prost_types::Duration::try_from(delay).ok(),
        };
        self.control().set_fault(request).await.map(drop)
    }

    pub(super) async fn complete(
        &self,
        payment_id: &str,
        outcome: sandbox::CompletionOutcome,
    ) -> Result<payment::Payment, Status> {
        let request = sandbox::CompletePaymentRequest {
            payment_id: payment_id.to_owned(),
            outcome: outcome.into(),
        };
        plain(self.control().complete_payment(request).await)
    }

    pub(super) async fn seat_map(&self, event_id: &str) -> Vec<inventory::Seat> {
        let request = inventory::GetSeatMapRequest {
            event_id: event_id.to_owned(),
        };
        let mut client = InventoryServiceClient::new(self.channel.clone());
        let answer = client.get_seat_map(request).await;
        answer.expect("the seat map is answered").into_inner().seats
    }
}

pub(super) fn config() -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_file: None,
        webhook: None,
    }
}
