//! Two replicas on one Postgres and one Redis: one key results in one order, and another replica takes over the sagas
//! of a replica that is killed, paused or stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::saga_service_client::SagaServiceClient;
use order_proto::order::v1::{GetOrderRequest, GetSagaRequest, Order, OrderState, SagaState};
use order_tests::booking::key;
use order_tests::promises;
use order_tests::sandbox::CONFIRM_BOOKING;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack};
use tonic::{Code, Request};

#[tokio::test]
async fn one_key_sent_to_two_replicas_at_once_is_one_order() {
    let stack = Setup::on(Backend::Production).replicas(2).start().await;
    let (key, booking) = (key(), Booking::new().with_token("tok_slow_300"));
    let calls = (0..10).map(|call| {
        let mut request = Request::new(booking.proto());
        request
            .metadata_mut()
            .insert("idempotency-key", key.parse().expect("ASCII"));
        let mut orders = OrderServiceClient::new(stack.channel(call % 2));
        async move { orders.create_order(request).await }
    });
    let mut found = BTreeSet::new();
    for answer in join_all(calls).await {
        match answer {
            Ok(order) => {
                found.insert(order.into_inner().order_id);
            }
            Err(status) => assert_eq!(status.code(), Code::Aborted, "{status:?}"),
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    let order_id = found.first().expect("one value").clone();
    promises::hold(&stack, &order_id).await;
    let totals = stack.sandbox.totals("").await;
    assert_eq!(totals.orders.len(), 1, "{totals:?}");
}

#[tokio::test]
async fn another_replica_finishes_the_saga_of_a_killed_one() {
    let setup = Setup::on(Backend::Production)
        .replicas(2)
        .with("LEASE", "2s");
    let mut stack = setup.start().await;
    stack
        .sandbox
        .delay(CONFIRM_BOOKING, 1, Duration::from_secs(2))
        .await;
    let made = stack.book(&Booking::new().waiting(0)).await;
    stack.reaches(&made.saga_id, "confirm_booking").await;
    stack.kill(0);
    confirmed_at(&stack, 1, &made.order_id).await;
    stack.restart(0).await;
    let order = promises::hold(&stack, &made.order_id).await;
    promises::are_delivered(&stack, &order, 1).await;
}

/// Waits until the order is confirmed, as returned by another replica.
async fn confirmed_at(stack: &Stack, replica: usize, order_id: &str) -> Order {
    let mut survivor = OrderServiceClient::new(stack.channel(replica));
    until("the other replica to finish", SOON, async || {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
        };
        let order = survivor.get_order(request).await;
        let order = order.expect("the survivor answers").into_inner();
        (order.state() == OrderState::Confirmed).then_some(order)
    })
    .await
}

#[tokio::test]
async fn a_replica_that_was_paused_past_its_lease_changes_nothing() {
    let setup = Setup::on(Backend::Production)
        .replicas(2)
        .with("LEASE", "1s");
    let mut stack = setup.start().await;
    let call = Duration::from_secs(2);
    stack.sandbox.delay(CONFIRM_BOOKING, 1, call).await;
    let made = stack.book(&Booking::new().waiting(0)).await;
    stack.reaches(&made.saga_id, "confirm_booking").await;
    stack.replica(0).signal("STOP");
    let confirmed = confirmed_at(&stack, 1, &made.order_id).await;
    let mut sagas = SagaServiceClient::new(stack.channel(1));
    let request = GetSagaRequest {
        saga_id: made.saga_id.clone(),
    };
    let before = sagas.get_saga(request.clone()).await;
    let before = before.expect("the survivor answers").into_inner();
    assert_eq!(before.state(), SagaState::Completed);
    stack.replica(0).signal("CONT");
    // When it has made another booking, the replica has also processed the late answer.
    let other = stack.book(&Booking::new()).await;
    assert_eq!(other.state(), OrderState::Confirmed, "{other:?}");
    let after = sagas.get_saga(request).await;
    assert_eq!(after.expect("the service answers").into_inner(), before);
    let order = promises::hold(&stack, &made.order_id).await;
    assert_eq!(order, confirmed);
    promises::are_delivered(&stack, &order, 1).await;
}

#[tokio::test]
async fn a_replica_that_stops_releases_its_leases_at_once() {
    // The lease is longer than the test's bounds.
    let setup = Setup::on(Backend::Production)
        .replicas(2)
        .with("LEASE", "10m");
    let mut stack = setup.start().await;
    let call = Duration::from_secs(2);
    stack.sandbox.delay(CONFIRM_BOOKING, 1, call).await;
    let made = stack.book(&Booking::new().waiting(0)).await;
    stack.reaches(&made.saga_id, "confirm_booking").await;
    let status = stack.replica(0).terminate(Duration::from_secs(10)).await;
    assert!(status.success(), "{status}");
    confirmed_at(&stack, 1, &made.order_id).await;
    stack.kill(0);
    stack.restart(0).await;
    promises::hold(&stack, &made.order_id).await;
}

#[tokio::test]
async fn a_repeat_at_the_other_replica_is_answered_the_same() {
    let stack = Setup::on(Backend::Production).replicas(2).start().await;
    let (key, booking) = (key(), Booking::new());
    let mut orders = Vec::new();
    for replica in 0..2 {
        let mut request = Request::new(booking.proto());
        request
            .metadata_mut()
            .insert("idempotency-key", key.parse().expect("ASCII"));
        let mut client = OrderServiceClient::new(stack.channel(replica));
        orders.push(
            client
                .create_order(request)
                .await
                .expect("an order")
                .into_inner(),
        );
    }
    assert_eq!(orders[0], orders[1]);
}
