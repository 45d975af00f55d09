//! Two replicas on one Postgres and one Redis: one key is one order, and a dead replica's work is taken over.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::{GetOrderRequest, OrderState};
use order_tests::booking::key;
use order_tests::promises;
use order_tests::sandbox::CONFIRM_BOOKING;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup};
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
    let order_id = found.first().expect("one").clone();
    promises::hold(&stack, &order_id).await;
    let totals = stack.sandbox.totals("").await;
    assert_eq!(totals.orders.len(), 1, "{totals:?}");
}

#[tokio::test]
async fn the_other_replica_finishes_what_a_dead_one_began() {
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
    let mut survivor = OrderServiceClient::new(stack.channel(1));
    until("the other replica to finish", SOON, async || {
        let request = GetOrderRequest {
            order_id: made.order_id.clone(),
        };
        let order = survivor
            .get_order(request)
            .await
            .expect("the survivor answers")
            .into_inner();
        (order.state() == OrderState::Confirmed).then_some(())
    })
    .await;
    stack.restart(0).await;
    let order = promises::hold(&stack, &made.order_id).await;
    promises::are_delivered(&stack, &order, 1).await;
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
