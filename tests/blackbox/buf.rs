//! `buf curl` with reflection v1: a client that is implemented independently of grpcurl.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD;
use order_tests::binary::{Finished, finish};
use order_tests::{Backend, Booking, Stack};
use prost::Message as _;
use serde_json::Value;
use tokio::process::Command;
use tonic_types::pb::ErrorInfo;

const CREATE: &str = "order.v1.OrderService/CreateOrder";
const GET: &str = "order.v1.OrderService/GetOrder";

/// Runs `buf curl` against the first replica, over gRPC and with reflection v1 only.
async fn buf_curl(stack: &Stack, path: &str, args: &[&str]) -> Finished {
    let url = format!("http://{}/{path}", stack.address(0));
    let mut command = Command::new("buf");
    command
        .args(["curl", "--protocol", "grpc", "--http2-prior-knowledge"])
        .args(["--reflect-protocol", "grpc-v1"])
        .args(args)
        .arg(url);
    finish(command, Duration::from_secs(60)).await
}

/// The standard output of a successful run.
async fn printed(stack: &Stack, path: &str, args: &[&str]) -> String {
    let done = buf_curl(stack, path, args).await;
    assert!(done.status.success(), "{}{}", done.stdout, done.stderr);
    done.stdout
}

#[tokio::test]
async fn buf_lists_services_and_methods_without_a_proto_file() {
    let stack = Stack::on(Backend::Embedded).await;
    let services = printed(&stack, "", &["--list-services"]).await;
    for name in [
        "grpc.health.v1.Health",
        "order.v1.DeliveryService",
        "order.v1.LedgerService",
        "order.v1.OrderService",
        "order.v1.PaymentWebhookService",
        "order.v1.SagaService",
    ] {
        assert!(services.lines().any(|line| line == name), "{services}");
    }
    let methods = printed(&stack, "", &["--list-methods"]).await;
    for method in [
        CREATE,
        GET,
        "order.v1.OrderService/WatchOrder",
        "order.v1.SagaService/GetSaga",
    ] {
        assert!(methods.lines().any(|line| line == method), "{methods}");
    }
}

#[tokio::test]
async fn buf_books_a_ticket_and_reads_it() {
    let stack = Stack::on(Backend::Embedded).await;
    let body = Booking::new().json().to_string();
    let key = format!("idempotency-key: {}", order_tests::booking::key());
    let made = printed(&stack, CREATE, &["-H", &key, "-d", &body]).await;
    let made: Value = serde_json::from_str(&made).expect("valid JSON");
    assert_eq!(made["state"], "ORDER_STATE_CONFIRMED", "{made}");
    let asked = format!(r#"{{"orderId": {}}}"#, made["orderId"]);
    let read = printed(&stack, GET, &["-d", &asked]).await;
    let read: Value = serde_json::from_str(&read).expect("valid JSON");
    assert_eq!(read, made);
}

#[tokio::test]
async fn buf_shows_an_error_with_its_details() {
    let stack = Stack::on(Backend::Embedded).await;
    let missing = r#"{"orderId": "01933b8e-7c4a-7d2e-9f10-3a5b6c7d8e9f"}"#;
    let done = buf_curl(&stack, GET, &["-d", missing]).await;
    // `buf curl` exits with the gRPC code shifted left by three bits; NOT_FOUND is 5.
    assert_eq!(done.status.code(), Some(5 << 3), "{}", done.stderr);
    let error: Value = serde_json::from_str(&done.stderr).expect("valid JSON");
    assert_eq!(error["code"], "not_found", "{error}");
    let detail = &error["details"][0];
    assert_eq!(detail["type"], "google.rpc.ErrorInfo", "{error}");
    let value = detail["value"].as_str().expect("base64");
    let value = STANDARD_NO_PAD.decode(value).expect("base64");
    let info = ErrorInfo::decode(value.as_slice()).expect("a valid ErrorInfo");
    assert_eq!(
        (&*info.reason, &*info.domain),
        ("ORDER_NOT_FOUND", "order.v1")
    );
}
