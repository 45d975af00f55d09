//! Tests of a whole server on a free port, over fake use cases.

mod protocol;
mod raw;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use order_gateway::browser::{Hosts, Policy};
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::{CreateOrderRequest, GetOrderRequest};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;
use tower::layer::util::Identity;

use super::*;
use crate::rpc::tests::samples;

/// A running server and its dependencies.
struct Running {
    addr: SocketAddr,
    closing: CancellationToken,
    database: Arc<AtomicBool>,
    serving: tokio::task::JoinHandle<Result<(), Error>>,
}

fn start() -> Running {
    let bound = bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let addr = bound.local_addr();
    let closing = CancellationToken::new();
    let database = Arc::new(AtomicBool::new(true));
    let seen = database.clone();
    let parts = Parts {
        use_cases: samples::FakeUseCases::default(),
        pages: samples::pages(),
        signatures: rpc::Signatures::new(None),
        keys: Identity::new(),
        browsers: Policy::of_listener(addr.ip(), None, Hosts::default()),
        probe: Probe::new(move || {
            let there = seen.load(Ordering::SeqCst);
            async move { there }
        }),
    };
    let serving = tokio::spawn(bound.serve(parts, closing.clone()));
    Running {
        addr,
        closing,
        database,
        serving,
    }
}

impl Running {
    async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.addr)).expect("a URL");
        endpoint.connect().await.expect("it listens")
    }

    async fn stop(self) {
        self.closing.cancel();
        let stopped = tokio::time::timeout(DRAIN_WITHIN, self.serving).await;
        stopped
            .expect("in time")
            .expect("no panic")
            .expect("no error");
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .expect("every error has one")
        .reason
        .clone()
}

#[tokio::test]
async fn an_order_is_answered_and_a_wrong_id_is_refused() {
    let running = start();
    let mut orders = OrderServiceClient::new(running.channel().await);
    let order_id = samples::order().order_id.to_string();
    let found = orders.get_order(GetOrderRequest { order_id }).await;
    assert_eq!(found.expect("it is there").into_inner().etag, "v3");
    let order_id = "x".to_owned();
    let refused = orders.get_order(GetOrderRequest { order_id }).await;
    let status = refused.expect_err("no UUID");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "VALIDATION_FAILED")
    );
    running.stop().await;
}

#[tokio::test]
async fn errors_of_the_library_have_details_too() {
    let running = start();
    let mut orders = OrderServiceClient::new(running.channel().await);
    let large = CreateOrderRequest {
        return_url: "x".repeat(rpc::REQUEST_BYTES_MAX + 1),
        ..Default::default()
    };
    let status = orders.create_order(large).await.expect_err("too large");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::OutOfRange, "REQUEST_TOO_LARGE")
    );

    let channel = running.channel().await;
    let broken = raw::call(
        channel.clone(),
        "/order.v1.OrderService/GetOrder",
        &[0x0a, 0xff],
    );
    let status = broken.await.expect_err("undecodable");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "VALIDATION_FAILED")
    );
    for path in [
        "/order.v1.OrderService/SellOrder",
        "/order.v1.NoService/Get",
        "/x",
    ] {
        let unknown = raw::call(channel.clone(), path, &[]).await;
        let status = unknown.expect_err("the rpc is unknown");
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unimplemented, "NOT_IMPLEMENTED")
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn a_browsers_call_is_a_call_like_any_other() {
    let running = start();
    let asked = GetOrderRequest {
        order_id: samples::order().order_id.to_string(),
    };
    let answer = raw::web_call(running.addr, "/order.v1.OrderService/GetOrder", &asked).await;
    assert!(answer.contains("grpc-status:0"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn health_follows_the_database() {
    let running = start();
    let mut health = HealthClient::new(running.channel().await);
    for service in ["", "order.v1.OrderService", "order.v1.SagaService"] {
        let asked = HealthCheckRequest {
            service: service.into(),
        };
        let answer = health.check(asked).await.expect("it is known").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let watched = health.watch(HealthCheckRequest::default()).await;
    let mut watched = watched.expect("it is known").into_inner();
    let first = watched.message().await.expect("a message").expect("one");
    assert_eq!(first.status(), ServingStatus::Serving);
    running.database.store(false, Ordering::SeqCst);
    let next = tokio::time::timeout(DRAIN_WITHIN, watched.message()).await;
    let next = next.expect("in time").expect("a message").expect("one");
    assert_eq!(next.status(), ServingStatus::NotServing);
    drop((watched, health));
    running.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_line_that_names_the_setting() {
    let first = bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let refused = bind(first.local_addr())
        .expect_err("it is taken")
        .to_string();
    assert!(refused.starts_with("GRPC_PORT"), "{refused}");
    assert!(!refused.contains('\n'), "{refused}");
}

#[tokio::test]
async fn reflection_names_our_services_and_health_in_both_versions() {
    let running = start();
    let channel = running.channel().await;
    let mut names = raw::reflected_v1(channel.clone()).await;
    assert_eq!(names, raw::reflected_v1alpha(channel).await);
    names.sort();
    assert_eq!(
        names,
        [
            "grpc.health.v1.Health",
            "order.v1.DeliveryService",
            "order.v1.LedgerService",
            "order.v1.OrderService",
            "order.v1.PaymentWebhookService",
            "order.v1.SagaService",
        ]
    );
    running.stop().await;
}
