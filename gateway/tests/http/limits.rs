//! The bounds of sizes, times and concurrency.

use std::time::Duration;

use order_gateway::limits::{PATH_BYTES_MAX, QUERY_BYTES_MAX, STREAMS_MAX, Waits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::backend::Backend;
use crate::stack::{Answer, Stack};

/// The longest wait of these tests.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Waits that a busy machine keeps: its clients answer pings late.
const PATIENT: Waits = Waits {
    header: WAIT_MAX,
    body: WAIT_MAX,
    answer: WAIT_MAX,
    call: WAIT_MAX,
    keep_alive: WAIT_MAX,
};
/// The number of streams on each of the client's connections.
const PER_CLIENT: usize = 128;

#[tokio::test]
async fn a_path_or_query_that_is_too_long_is_refused() {
    let stack = Stack::start().await;
    for (path, bytes) in [
        ("/v1/orders/", PATH_BYTES_MAX),
        ("/v1/orders?userId=", QUERY_BYTES_MAX),
    ] {
        let url = format!("{path}{}", "a".repeat(bytes));
        stack.get(&url).await.is_refusal(414, "URI_TOO_LONG");
    }
    let longest = format!(
        "/v1/orders/{}",
        "a".repeat(PATH_BYTES_MAX - "/v1/orders/".len())
    );
    assert_eq!(stack.get(&longest).await.status, 200);
}

#[tokio::test]
async fn a_connection_whose_head_never_ends_is_closed() {
    let stack = Stack::start().await;
    for start in [
        &b""[..],
        b"G",
        b"GET /v1/orders/7 HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
        b"PRI * HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(stack.gateway.address)
            .await
            .expect("it listens");
        socket.write_all(start).await.expect("it reads");
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(WAIT_MAX, socket.read_to_end(&mut answer)).await;
        let start = String::from_utf8_lossy(start);
        let _ = ended.unwrap_or_else(|_| panic!("the connection stays open after {start:?}"));
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
}

async fn assert_held(backend: &Backend, calls: usize) {
    tokio::time::timeout(WAIT_MAX, async {
        while backend.held() != calls {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{} calls are pending instead of {calls}", backend.held()));
}

#[tokio::test]
async fn a_request_beyond_the_bound_is_refused_and_a_cancelled_one_frees_its_place() {
    let Stack { backend, gateway } = Stack::with(|gateway| gateway.with_requests_max(2)).await;
    let slow = || {
        gateway
            .request("GET", "/v1/orders/slow")
            .header("Grpc-Timeout", "1M")
    };
    let waiting = [slow(), slow()].map(|request| tokio::spawn(request.send()));
    assert_held(&backend, 2).await;
    let answer = Answer::of(gateway.request("GET", "/v1/orders/7")).await;
    answer.is_refusal(429, "OVERLOADED");
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.detail("google.rpc.RetryInfo")["retryDelay"], "1s");
    // Probes are not counted: an overloaded gateway is alive.
    let alive = Answer::of(gateway.request("GET", "/healthz")).await;
    assert_eq!(alive.status, 200);
    // A client that disconnects cancels the call at the service.
    waiting[0].abort();
    assert_held(&backend, 1).await;
    let served = Answer::of(gateway.request("GET", "/v1/orders/7")).await;
    assert_eq!(served.status, 200);
    waiting[1].abort();
    assert_held(&backend, 0).await;
}

#[tokio::test]
async fn pending_calls_delay_no_others_despite_the_streams_per_connection() {
    const WAITING: usize = 300;
    let stack = Stack::with(|gateway| gateway.with_waits(PATIENT)).await;
    let clients: Vec<_> = (0..WAITING / 100).map(|_| http_2_client()).collect();
    let url = format!("http://{}/v1/orders/slow", stack.gateway.address);
    let mut waiting = JoinSet::new();
    for number in 0..WAITING {
        let request = clients[number / 100].get(&url).header("Grpc-Timeout", "1M");
        waiting.spawn(request.send());
    }
    assert_held(&stack.backend, WAITING).await;
    assert_eq!(stack.get("/v1/orders/7").await.status, 200);
    assert_eq!(stack.get("/readyz").await.status, 200);
}

fn http_2_client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .expect("a client")
}

#[tokio::test]
async fn streams_are_bounded_and_do_not_delay_calls() {
    let stack = Stack::with(|gateway| gateway.with_waits(PATIENT)).await;
    let clients: Vec<_> = (0..=STREAMS_MAX / PER_CLIENT)
        .map(|_| http_2_client())
        .collect();
    let url = format!("http://{}/v1/orders/endless:watch", stack.gateway.address);
    let mut opening = JoinSet::new();
    for number in 0..STREAMS_MAX {
        let request = clients[number / PER_CLIENT].get(&url);
        opening.spawn(async move {
            let mut response = request.send().await.expect("an answer");
            assert_eq!(response.status(), 200);
            let first = response.chunk().await.expect("no break").expect("no end");
            assert!(first.starts_with(b"{\"orderId\":\"endless\""));
            response
        });
    }
    let mut open = opening.join_all().await;
    let one_more = clients[STREAMS_MAX / PER_CLIENT].get(&url);
    let answer = Answer::of(one_more).await;
    answer.is_refusal(429, "OVERLOADED");
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(stack.get("/v1/orders/7").await.status, 200);
    // The end of a stream frees its place.
    open.truncate(STREAMS_MAX - 1);
    tokio::time::timeout(WAIT_MAX, async {
        let again = || clients[STREAMS_MAX / PER_CLIENT].get(&url).send();
        while again().await.expect("an answer").status() != 200 {}
    })
    .await
    .expect("a place is free");
}
