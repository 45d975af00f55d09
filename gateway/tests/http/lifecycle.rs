//! Start, probes and shutdown.

use std::time::Duration;

use order_gateway::{Config, Error};

use crate::stack::{Answer, Stack};

#[tokio::test]
async fn the_gateway_is_ready_when_its_service_serves() {
    let stack = Stack::start().await;
    assert_eq!(stack.get("/healthz").await.status, 200);
    assert_eq!(stack.get("/readyz").await.status, 200);
    let answer = stack.post("/readyz", "").await;
    answer.is_refusal(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = taken.local_addr().expect("it is bound");
    let error = order_gateway::bind(Config {
        listen,
        service_url: "http://127.0.0.1:1".to_owned(),
    })
    .expect_err("the port is taken");
    assert!(matches!(error, Error::Bind { .. }));
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[tokio::test]
async fn shutdown_waits_for_a_request_in_progress() {
    let Stack { backend, gateway } = Stack::start().await;
    let slow = gateway
        .request("GET", "/v1/orders/slow")
        .header("Grpc-Timeout", "300m");
    let pending = tokio::spawn(Answer::of(slow));
    tokio::time::timeout(Duration::from_secs(5), async {
        while !backend.arrived().metadata.contains_key("grpc-timeout") {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the request arrives");
    let address = gateway.address;
    gateway.stop.send(()).expect("it is serving");
    pending
        .await
        .expect("no panic")
        .is_refusal(504, "DEADLINE_EXCEEDED");
    tokio::time::timeout(Duration::from_secs(5), gateway.task)
        .await
        .expect("it stops in time")
        .expect("no panic")
        .expect("no error");
    std::net::TcpListener::bind(address).expect("the port is free again");
}
