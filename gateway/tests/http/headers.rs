//! Forwarded headers and deadlines.

use reqwest::header::HeaderValue;

use crate::stack::{Answer, Stack};

#[tokio::test]
async fn the_headers_of_the_contract_are_forwarded_and_others_are_dropped() {
    let stack = Stack::start().await;
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = stack
        .request("POST", "/v1/orders")
        .header("Idempotency-Key", "\"k-1\"")
        .header("Authorization", "Bearer t")
        .header("x-actor", "ops")
        .header("traceparent", traceparent)
        .header("tracestate", "a=b")
        .header("cookie", "c=d")
        .body("{}");
    assert_eq!(Answer::of(request).await.status, 200);
    let metadata = stack.backend.arrived().metadata;
    assert_eq!(metadata["idempotency-key"], "\"k-1\"");
    assert_eq!(metadata["authorization"], "Bearer t");
    assert_eq!(metadata["x-actor"], "ops");
    assert_eq!(metadata["traceparent"], traceparent);
    assert_eq!(metadata["tracestate"], "a=b");
    assert!(!metadata.contains_key("cookie"));
}

#[tokio::test]
async fn repeated_and_opaque_keys_reach_the_service_unchanged() {
    let stack = Stack::start().await;
    let odd = HeaderValue::from_bytes(b"k\xc3\xa9\xff").expect("opaque bytes are allowed");
    let request = stack
        .request("POST", "/v1/orders")
        .header("Idempotency-Key", "one")
        .header("Idempotency-Key", odd.clone())
        .header("Idempotency-Key", "")
        .body("{}");
    assert_eq!(Answer::of(request).await.status, 200);
    let metadata = stack.backend.arrived().metadata;
    let keys: Vec<_> = metadata.get_all("idempotency-key").iter().collect();
    assert_eq!(
        keys,
        [
            &HeaderValue::from_static("one"),
            &odd,
            &HeaderValue::from_static("")
        ]
    );
}

#[tokio::test]
async fn a_callers_deadline_is_enforced() {
    let stack = Stack::start().await;
    let slow = stack
        .request("GET", "/v1/orders/slow")
        .header("Grpc-Timeout", "1S");
    let answer = Answer::of(slow).await;
    answer.is_refusal(504, "DEADLINE_EXCEEDED");
    assert!(
        stack
            .backend
            .arrived()
            .metadata
            .contains_key("grpc-timeout")
    );
    let malformed = stack
        .request("GET", "/v1/orders/7")
        .header("Grpc-Timeout", "soon");
    let twice = stack
        .request("GET", "/v1/orders/7")
        .header("Grpc-Timeout", "5S")
        .header("Grpc-Timeout", "1S");
    for refused in [malformed, twice] {
        let answer = Answer::of(refused).await;
        answer.is_refusal(400, "VALIDATION_FAILED");
        assert_eq!(answer.field(), "Grpc-Timeout");
    }
}
