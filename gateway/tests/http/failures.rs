//! Errors of the service over HTTP, and a service that is unreachable.

use std::time::Duration;

use crate::backend::Backend;
use crate::link::Link;
use crate::stack::{Answer, Running, Stack};

#[tokio::test]
async fn a_services_error_keeps_its_details() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/missing").await;
    answer.is_refusal(404, "ORDER_NOT_FOUND");
    assert_eq!(answer.json["code"], 5);
    assert_eq!(answer.json["message"], "refused: ORDER_NOT_FOUND");
    assert_eq!(
        answer.detail("google.rpc.ErrorInfo")["metadata"]["shard"],
        "7"
    );
    let answer = stack.get("/v1/orders/reused").await;
    answer.is_refusal(422, "IDEMPOTENCY_KEY_REUSED");
    let answer = stack.get("/v1/orders/plain").await;
    assert_eq!(
        (answer.status, &answer.json["message"]),
        (500, &"no details".into())
    );
    assert_eq!(answer.json["details"], serde_json::json!([]));
}

#[tokio::test]
async fn an_error_of_any_size_keeps_its_code_and_details() {
    let stack = Stack::start().await;
    for length in [8_000, 100_000, 300_000] {
        let answer = stack.get(&format!("/v1/orders/long-{length}")).await;
        answer.is_refusal(404, &"R".repeat(length));
        let head: usize = answer
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        assert!(head < 16 * 1024, "{head} bytes");
        assert_eq!(answer.headers["grpc-metadata-x-shard"], "7");
    }
}

#[tokio::test]
async fn a_retry_delay_becomes_whole_seconds() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/busy").await;
    answer.is_refusal(409, "IDEMPOTENCY_KEY_IN_USE");
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(
        answer.detail("google.rpc.RetryInfo")["retryDelay"],
        "1.500s"
    );
}

#[tokio::test]
async fn problem_json_is_returned_when_accepted() {
    let stack = Stack::start().await;
    let request = stack
        .request("GET", "/v1/orders/missing")
        .header("Accept", "application/problem+json");
    let answer = Answer::of(request).await;
    answer.is_refusal(404, "ORDER_NOT_FOUND");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.json["title"], "Not Found");
    assert_eq!(answer.json["detail"], "refused: ORDER_NOT_FOUND");
}

#[tokio::test]
async fn a_stopped_service_is_503_until_it_restarts() {
    let Stack { backend, gateway } = Stack::start().await;
    let address = backend.address;
    assert_eq!(
        Answer::of(gateway.request("GET", "/v1/orders/7"))
            .await
            .status,
        200
    );
    backend.stop().await;
    let answer = Answer::of(gateway.request("GET", "/v1/orders/7")).await;
    answer.is_refusal(503, "BACKEND_UNAVAILABLE");
    assert_eq!(answer.headers["retry-after"], "1");
    let message = answer.json["message"].as_str().expect("a message");
    assert!(
        !message.contains("127.0.0.1") && !message.contains("tcp"),
        "{message}"
    );
    let _backend = Backend::start_at(address).await;
    tokio::time::timeout(Duration::from_secs(5), async {
        while Answer::of(gateway.request("GET", "/v1/orders/7"))
            .await
            .status
            != 200
        {}
    })
    .await
    .expect("the gateway reconnects");
}

#[tokio::test]
async fn a_service_whose_host_disappears_is_503_and_reconnected() {
    let backend = Backend::start().await;
    let link = Link::to(backend.address).await;
    let gateway = Running::with(link.address, |gateway| {
        gateway.with_service_pings(Some(Duration::from_millis(300)))
    });
    let get = |id: &str| {
        let request = gateway.request("GET", &format!("/v1/orders/{id}"));
        Answer::of(request.header("Grpc-Timeout", "1M"))
    };
    assert_eq!(get("7").await.status, 200);
    let waiting = tokio::spawn(get("slow"));
    tokio::time::timeout(Duration::from_secs(5), async {
        while backend.held() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the call arrives");
    link.cut();
    let waiting = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    let waiting = waiting.expect("the call fails before its deadline");
    waiting
        .expect("no panic")
        .is_refusal(503, "BACKEND_UNAVAILABLE");
    assert_eq!(get("7").await.status, 200);
}

#[tokio::test]
async fn without_a_service_the_gateway_is_alive_and_not_ready() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let gateway = Running::before(address);
    assert_eq!(
        Answer::of(gateway.request("GET", "/healthz")).await.status,
        200
    );
    assert_eq!(
        Answer::of(gateway.request("GET", "/readyz")).await.status,
        503
    );
    Answer::of(gateway.request("GET", "/v1/orders/7"))
        .await
        .is_refusal(503, "BACKEND_UNAVAILABLE");
}
