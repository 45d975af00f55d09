//! What refusals say: nothing about the machinery behind them.

use crate::stack::{Answer, Stack};

/// Names that only we know.
const OURS: &[&str] = &[
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
    let mut asked = 0;
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
        quiet(&stack.post("/v1/orders", body).await);
        asked += 1;
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
        "/v1/orders?nobody=1",
    ] {
        quiet(&stack.get(path).await);
        asked += 1;
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
        quiet(&Answer::of(request.header(name, value).body("{ ")).await);
        asked += 1;
    }
    assert_eq!(asked, 35);
}

fn quiet(answer: &Answer) {
    assert!(answer.status >= 400, "{answer:?}");
    let said = answer.json.to_string();
    let message = answer.json["message"].as_str().expect("it says something");
    assert!(!message.is_empty());
    for name in OURS {
        assert!(!said.contains(name), "`{name}` in {said}");
    }
}

#[tokio::test]
async fn a_method_is_what_the_request_says_it_is() {
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
