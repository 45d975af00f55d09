//! The messages of refusals: they contain no internal names.

use crate::stack::{Answer, Stack};

/// Names of types, crates and addresses that no client should see.
const INTERNAL: &[&str] = &[
    "::",
    "tonic",
    "hyper",
    "prost",
    "serde",
    "tokio",
    "http::",
    "h2",
    "gzip decoder",
    "Utf8Error",
    "ParseIntError",
    "Option",
    "Some(",
    "None",
    "unwrap",
    "panicked",
    "127.0.0.1",
    "os error",
    "line ",
    "column",
    "order_gateway",
    "invalid type",
    "expected value",
];

#[tokio::test]
async fn no_refusal_names_a_type_or_a_crate() {
    let stack = Stack::start().await;
    let mut count = 0;
    for body in [
        "{",
        "[]",
        "nul",
        "\"\\ud800\"",
        "{\"a\":1}",
        "{\"tickets\":{}}",
        "{\"tickets\":[1]}",
        "{\"wait\":\"soon\"}",
        "{\"wait\":1e400}",
        "{\"expectedTotal\":{\"units\":\"x\",\"nanos\":1e99}}",
        "{\"metadata\":[]}",
        "{\"metadata\":{\"a\":1}}",
        "{\"userId\":null,\"userId\":1}",
        "{\"userId\":\u{1}\"\"}",
    ] {
        assert_no_internal_name(&stack.post("/v1/orders", body).await);
        count += 1;
    }
    for path in [
        "/v1/orders?pageSize=x",
        "/v1/orders?pageSize=9999999999",
        "/v1/orders?states=MOOD",
        "/v1/orders?%ff=1",
        "/v1/orders?createTimeAfter=now",
        "/v1/orders/%ff",
        "/v1/orders/%zz",
        "/v2",
        "/v1/orders/plain",
        "/v1/orders/slow",
        "/v1/orders/missing",
        "/v1/orders/7:watch",
        "/v1/orders?unknown=1",
    ] {
        assert_no_internal_name(&stack.get(path).await);
        count += 1;
    }
    for (name, value) in [
        ("Grpc-Timeout", "soon"),
        ("Accept", "image/png"),
        ("If-Match", "v7"),
        ("Content-Encoding", "br"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "zstd"),
        ("Content-Type", "text/plain"),
        ("Grpc-Metadata-A-Bin", "!"),
    ] {
        let request = stack.request("POST", "/v1/orders/7:cancel");
        assert_no_internal_name(&Answer::of(request.header(name, value).body("{ ")).await);
        count += 1;
    }
    assert_eq!(count, 35);
}

fn assert_no_internal_name(answer: &Answer) {
    assert!(answer.status >= 400, "{answer:?}");
    let text = answer.json.to_string();
    let message = answer.json["message"].as_str().expect("a message");
    assert!(!message.is_empty());
    for name in INTERNAL {
        assert!(!text.contains(name), "`{name}` in {text}");
    }
}

#[tokio::test]
async fn method_overrides_are_ignored() {
    let stack = Stack::start().await;
    for header in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
    ] {
        let request = stack.request("POST", "/v1/orders/7").header(header, "GET");
        Answer::of(request.body("{}"))
            .await
            .is_refusal(405, "METHOD_NOT_ALLOWED");
        let request = stack
            .request("GET", "/v1/orders/7")
            .header(header, "DELETE");
        assert_eq!(Answer::of(request).await.status, 200);
    }
}
