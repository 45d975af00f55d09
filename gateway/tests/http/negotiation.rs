//! The semantics of HTTP: methods, content negotiation, header bounds, metadata, ETags and CORS.

use order_gateway::limits::{HEADER_BYTES_MAX, HEADERS_MAX, METADATA_BYTES_MAX};
use reqwest::RequestBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::stack::{Answer, Stack};

/// Sends raw HTTP/1.1 and returns the head and body that arrive before the gateway closes the connection.
pub(crate) async fn send_raw(stack: &Stack, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(stack.gateway.address)
        .await
        .expect("it listens");
    socket.write_all(request).await.expect("it reads");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("it closes");
    String::from_utf8(answer).expect("UTF-8")
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let stack = Stack::start().await;
    let get = stack.get("/v1/orders/7").await;
    let answer = send_raw(
        &stack,
        b"HEAD /v1/orders/7 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = get.headers["content-length"].to_str().expect("ASCII");
    assert!(
        head.contains(&format!("content-length: {length}")),
        "{head}"
    );
    assert_eq!(body, "");
    let answer = Answer::of(stack.request("HEAD", "/v1/orders/missing")).await;
    assert_eq!(answer.status, 404);
    let answer = Answer::of(stack.request("HEAD", "/v1/orders/two:watch")).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let answer = Answer::of(stack.request("HEAD", "/v1/orders/7:cancel")).await;
    assert_eq!(
        (answer.status, &answer.headers["allow"]),
        (405, &"OPTIONS, POST".parse().expect("ASCII"))
    );
}

#[tokio::test]
async fn options_lists_the_methods() {
    let stack = Stack::start().await;
    for (path, allow) in [
        ("/v1/orders", "GET, HEAD, OPTIONS, POST"),
        ("/v1/orders/7:cancel", "OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
    ] {
        let answer = Answer::of(stack.request("OPTIONS", path)).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.headers["allow"], allow);
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    let answer = Answer::of(stack.request("OPTIONS", "/v2")).await;
    answer.is_refusal(404, "ROUTE_NOT_FOUND");
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let stack = Stack::start().await;
    for (content_type, status) in [
        ("application/json; charset=utf-8", 200),
        ("application/json;charset=UTF-8", 200),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
    ] {
        let request = stack
            .request("POST", "/v1/orders")
            .header("content-type", content_type)
            .body("{}");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{content_type}: {answer:?}");
    }
    let empty = stack
        .request("POST", "/v1/orders/7:cancel")
        .header("content-type", "text/plain");
    assert_eq!(Answer::of(empty).await.status, 200);
}

#[tokio::test]
async fn an_accept_without_json_is_refused() {
    let stack = Stack::start().await;
    for (accept, status) in [
        ("*/*", 200),
        ("text/html, application/xml;q=0.9, */*;q=0.8", 200),
        ("application/problem+json", 200),
        ("text/event-stream", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*;q=0.1", 406),
    ] {
        let request = stack
            .request("GET", "/v1/orders/7")
            .header("accept", accept);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{accept}: {answer:?}");
    }
    let request = stack
        .request("GET", "/v1/orders/7")
        .header("accept", "image/png");
    Answer::of(request).await.is_refusal(406, "NOT_ACCEPTABLE");
}

#[tokio::test]
async fn a_call_has_a_deadline_when_the_caller_gives_none() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/slow").await;
    answer.is_refusal(504, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_refused() {
    let stack = Stack::start().await;
    let answer = send_raw(
        &stack,
        b"POST /v1/orders HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_head_beyond_the_bounds_of_reading_is_refused() {
    let stack = Stack::start().await;
    let mut request = b"GET /v1/orders/7 HTTP/1.1\r\nhost: localhost\r\n".to_vec();
    for number in 0..1000 {
        request.extend_from_slice(format!("x-{number}: y\r\n").as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    let answer = send_raw(&stack, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn too_many_or_too_large_header_fields_are_refused_with_a_reason() {
    let stack = Stack::start().await;
    let url = format!("http://{}/v1/orders/7", stack.gateway.address);
    let http_2 = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .expect("a client");
    let requests: [&dyn Fn() -> RequestBuilder; 2] =
        [&|| stack.request("GET", "/v1/orders/7"), &|| {
            http_2.get(&url)
        }];
    for request in requests {
        let many = (0..=HEADERS_MAX).fold(request(), |request, number| {
            request.header(format!("x-{number}"), "y")
        });
        let large = request().header("x-large", "y".repeat(HEADER_BYTES_MAX));
        for refused in [many, large] {
            let answer = Answer::of(refused).await;
            answer.is_refusal(431, "HEADERS_TOO_LARGE");
        }
        let fits = request().header("x-large", "y".repeat(HEADER_BYTES_MAX - 1000));
        assert_eq!(Answer::of(fits).await.status, 200);
        // Forwarded metadata has a lower bound, which gRPC servers accept.
        let forwarded = |bytes| request().header("Grpc-Metadata-X-Large", "y".repeat(bytes));
        let answer = Answer::of(forwarded(METADATA_BYTES_MAX)).await;
        answer.is_refusal(431, "HEADERS_TOO_LARGE");
        assert_eq!(
            Answer::of(forwarded(METADATA_BYTES_MAX - 100)).await.status,
            200
        );
        let arrived = stack.backend.arrived();
        assert_eq!(arrived.metadata["x-large"].len(), METADATA_BYTES_MAX - 100);
    }
}

#[tokio::test]
async fn metadata_of_any_name_is_forwarded_in_both_directions() {
    let stack = Stack::start().await;
    let request = stack
        .request("POST", "/v1/orders")
        .header("Grpc-Metadata-X-Colour", "red")
        .header("Grpc-Metadata-Trace-Bin", "AQI")
        .header("Grpc-Metadata-Grpc-Status", "0")
        .body("{}");
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["grpc-metadata-x-shard"], "7");
    assert_eq!(answer.headers["grpc-metadata-x-trace-bin"], "AQL/");
    assert!(!answer.headers.contains_key("grpc-metadata-grpc-status"));
    let metadata = stack.backend.arrived().metadata;
    assert_eq!(metadata["x-colour"], "red");
    assert_eq!(metadata["trace-bin"], "AQI");
    assert!(!metadata.contains_key("grpc-status"));
    let request = stack
        .request("GET", "/v1/orders/7")
        .header("Grpc-Metadata-Trace-Bin", "not base64");
    let answer = Answer::of(request).await;
    answer.is_refusal(400, "VALIDATION_FAILED");
    assert_eq!(answer.field(), "grpc-metadata-trace-bin");
}

#[tokio::test]
async fn the_metadata_of_a_refusal_is_forwarded() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/with-metadata").await;
    answer.is_refusal(404, "ORDER_NOT_FOUND");
    assert_eq!(answer.headers["grpc-metadata-x-shard"], "7");
    assert_eq!(answer.headers["grpc-metadata-x-trace-bin"], "AQL/");
    for name in answer.headers.keys() {
        assert!(!name.as_str().contains("grpc-status"), "{name}");
    }
}

#[tokio::test]
async fn an_etag_is_a_header_in_both_directions() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/tagged").await;
    assert_eq!(answer.headers["etag"], "\"v7\"");
    assert!(!stack.get("/v1/orders/7").await.headers.contains_key("etag"));
    let cancel = |if_match: &'static str, body: &'static str| {
        Answer::of(
            stack
                .request("POST", "/v1/orders/7:cancel")
                .header("If-Match", if_match)
                .body(body),
        )
    };
    for (if_match, body, etag) in [
        ("\"v7\"", "", "v7"),
        ("\"v7\"", r#"{"etag": "v7"}"#, "v7"),
        ("*", r#"{"etag": "v8"}"#, "v8"),
    ] {
        assert_eq!(cancel(if_match, body).await.status, 200, "{if_match}");
        let arrived = stack.backend.arrived().cancel.expect("it arrived");
        assert_eq!(arrived.etag, etag);
    }
    let twice = stack
        .request("POST", "/v1/orders/7:cancel")
        .header("If-Match", "\"v7\"")
        .header("If-Match", "\"v8\"");
    let answer = Answer::of(twice).await;
    answer.is_refusal(400, "VALIDATION_FAILED");
    assert_eq!(answer.field(), "If-Match");
    for (if_match, body) in [
        ("\"v7\"", r#"{"etag": "v8"}"#),
        ("W/\"v7\"", ""),
        ("\"a\", \"b\"", ""),
        ("v7", ""),
    ] {
        let answer = cancel(if_match, body).await;
        answer.is_refusal(400, "VALIDATION_FAILED");
        assert_eq!(answer.field(), "If-Match", "{if_match}");
    }
}

#[tokio::test]
async fn only_allowed_origins_get_cors_headers() {
    let stack = Stack::start().await;
    let from = |origin: &'static str| {
        stack
            .request("GET", "/v1/orders/7")
            .header("origin", origin)
    };
    let answer = Answer::of(from("http://localhost:3000")).await;
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "http://localhost:3000"
    );
    assert_eq!(answer.headers["vary"], "origin");
    let answer = Answer::of(from("https://evil.example")).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let preflight = stack
        .request("OPTIONS", "/v1/orders")
        .header("origin", "http://127.0.0.1:5173")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "content-type,idempotency-key",
        );
    let answer = Answer::of(preflight).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.headers["access-control-allow-headers"],
        "content-type,idempotency-key"
    );
    let methods = answer.headers["access-control-allow-methods"].to_str();
    assert!(methods.expect("ASCII").contains("POST"));
}
