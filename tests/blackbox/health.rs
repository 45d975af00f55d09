//! The health endpoints that an orchestrator calls.

use std::time::Duration;

use order_tests::stack::serving;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Stack, on_both_backends};

on_both_backends!(
    a_running_product_is_alive_and_ready,
    a_gateway_without_a_service_is_alive_and_not_ready
);

async fn a_running_product_is_alive_and_ready(backend: Backend) {
    let stack = Stack::on(backend).await;
    assert!(serving(stack.channel(0)).await);
    assert_eq!(stack.api().get("/healthz").await.status, 200);
    assert_eq!(stack.api().get("/readyz").await.status, 200);
}

async fn a_gateway_without_a_service_is_alive_and_not_ready(backend: Backend) {
    let mut stack = Stack::on(backend).await;
    let status = stack.replica(0).terminate(Duration::from_secs(10)).await;
    assert!(status.success(), "{status}");
    stack.kill(0);
    let api = stack.api();
    until("the gateway not to be ready", SOON, async || {
        api.answers("/readyz", 503).await.then_some(())
    })
    .await;
    assert_eq!(api.get("/healthz").await.status, 200);
    let reply = api.get("/v1/orders?organization_id=o").await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(
        !reply.text().contains("127.0.0.1"),
        "no address in an error: {reply:?}"
    );
    stack.restart(0).await;
    until("the gateway to be ready", SOON, async || {
        api.answers("/readyz", 200).await.then_some(())
    })
    .await;
}
