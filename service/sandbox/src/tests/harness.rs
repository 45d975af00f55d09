//! A sandbox on a free port, seen from outside, and how answers are read. Holds no rule.

use std::net::SocketAddr;
use std::time::Duration;

use order_proto::google::r#type::Money;
use order_proto::inventory::v1 as inventory;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::payment::v1 as payment;
use order_proto::sandbox::v1 as sandbox;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;

use super::order::Order;
use crate::{Config, Error, Webhook, bind};

/// How long anything awaited may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// The deadline of a call.
const DEADLINE: Duration = Duration::from_secs(10);

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

    pub(super) async fn telling(webhook: Webhook) -> Self {
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

    /// Stops without a word, as a killed process.
    pub(super) async fn kill(self) {
        self.serving.abort();
        let ended = self.serving.await.expect_err("nobody asked it to stop");
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

    /// What came of each request of this order, oldest first.
    pub(super) async fn outcomes(&self, order_id: &str) -> Vec<(String, sandbox::JournalOutcome)> {
        let entries = self.journal(order_id).await;
        let outcomes = entries.into_iter().map(|entry| {
            let outcome = entry.outcome();
            (entry.method, outcome)
        });
        outcomes.collect()
    }

    pub(super) async fn plant(
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

/// The request with its key as metadata, and a deadline.
pub(super) fn acting<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("the key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request.set_timeout(DEADLINE);
    request
}

pub(super) fn usd(units: i64) -> Money {
    Money {
        currency_code: "USD".into(),
        units,
        nanos: 0,
    }
}

/// The answer without its envelope.
pub(super) fn plain<T>(answer: Result<Response<T>, Status>) -> Result<T, Status> {
    answer.map(Response::into_inner)
}

/// The reason of a FAILED_PRECONDITION.
pub(super) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    let status = answer.expect_err("it is refused");
    assert_eq!(status.code(), tonic::Code::FailedPrecondition, "{status:?}");
    let info = status.get_details_error_info();
    info.expect("a refusal gives its reason").reason
}

/// The code of an answer that is not OK.
pub(super) fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> tonic::Code {
    answer.expect_err("it is not answered").code()
}

/// Asks until there is an answer, within a bound.
pub(super) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut pause = tokio::time::interval(Duration::from_millis(10));
        loop {
            pause.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen in time"))
}
