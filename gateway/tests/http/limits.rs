//! Bounds: of sizes, of time, and of how much goes on at once.

use std::time::Duration;

use order_gateway::limits::{PATH_BYTES_MAX, QUERY_BYTES_MAX, STREAMS_MAX};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::backend::Backend;
use crate::stack::{Answer, Running, Stack};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many streams one connection of a client carries here.
const PER_CLIENT: usize = 128;

#[tokio::test]
async fn a_path_or_query_that_is_too_long_is_refused() {
    let stack = Stack::start().await;
    for (path, bytes) in [
        ("/v1/orders/", PATH_BYTES_MAX),
        ("/v1/orders?userId=", QUERY_BYTES_MAX),
    ] {
        let url = format!("{path}{}", "a".repeat(bytes));
        stack.get(&url).await.is_refusal(413, "REQUEST_TOO_LARGE");
    }
    let longest = format!(
        "/v1/orders/{}",
        "a".repeat(PATH_BYTES_MAX - "/v1/orders/".len())
    );
    assert_eq!(stack.get(&longest).await.status, 200);
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_hung_up_on() {
    let stack = Stack::start().await;
    for begun in [
        &b""[..],
        b"G",
        b"GET /v1/orders/7 HTTP/1.1\r\nhost: h\r\nx-slow: ",
        b"PRI * HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(stack.gateway.address)
            .await
            .expect("it listens");
        socket.write_all(begun).await.expect("it reads");
        let mut said = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut said)).await;
        let begun = String::from_utf8_lossy(begun);
        let _ = ended.unwrap_or_else(|_| panic!("the gateway waits for the rest of {begun:?}"));
        let said = String::from_utf8_lossy(&said);
        assert!(!said.starts_with("HTTP/1.1 2"), "{said}");
    }
}

async fn are_held(backend: &Backend, calls: usize) {
    tokio::time::timeout(PATIENCE, async {
        while backend.held() != calls {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{calls} calls wait, and not {}", backend.held()));
}

#[tokio::test]
async fn one_request_too_many_is_refused_and_who_leaves_gives_the_place_back() {
    let backend = Backend::start().await;
    let gateway = Running::taking(2, backend.address);
    let slow = || {
        gateway
            .request("GET", "/v1/orders/slow")
            .header("Grpc-Timeout", "1M")
    };
    let waiting = [slow(), slow()].map(|request| tokio::spawn(request.send()));
    are_held(&backend, 2).await;
    let answer = Answer::of(gateway.request("GET", "/v1/orders/7")).await;
    answer.is_refusal(429, "OVERLOADED");
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.detail("google.rpc.RetryInfo")["retryDelay"], "1s");
    // Probes are no requests: a busy gateway is alive.
    let alive = Answer::of(gateway.request("GET", "/healthz")).await;
    assert_eq!(alive.status, 200);
    // The service hears of it when somebody leaves.
    waiting[0].abort();
    are_held(&backend, 1).await;
    let served = Answer::of(gateway.request("GET", "/v1/orders/7")).await;
    assert_eq!(served.status, 200);
    waiting[1].abort();
    are_held(&backend, 0).await;
}

#[tokio::test]
async fn calls_that_wait_hold_up_no_others_however_few_a_connection_takes() {
    const WAITING: usize = 300;
    let stack = Stack::start().await;
    let clients: Vec<_> = (0..WAITING / 100).map(|_| http_2_client()).collect();
    let url = format!("http://{}/v1/orders/slow", stack.gateway.address);
    let mut waiting = JoinSet::new();
    for number in 0..WAITING {
        let request = clients[number / 100].get(&url).header("Grpc-Timeout", "1M");
        waiting.spawn(request.send());
    }
    are_held(&stack.backend, WAITING).await;
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
async fn so_many_streams_are_open_at_once_and_calls_go_on_beside_them() {
    let stack = Stack::start().await;
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
    // One that ends makes room for another.
    open.truncate(STREAMS_MAX - 1);
    tokio::time::timeout(PATIENCE, async {
        let again = || clients[STREAMS_MAX / PER_CLIENT].get(&url).send();
        while again().await.expect("an answer").status() != 200 {}
    })
    .await
    .expect("there is room again");
}
