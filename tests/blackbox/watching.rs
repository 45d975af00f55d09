//! `WatchOrder`: sends the current order, each change, and ends when the order is final.

use futures::future::join_all;
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, WatchOrderRequest};
use order_proto::sandbox::v1::CompletionOutcome;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::Value;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

on_both_backends!(
    an_order_is_watched_to_its_end,
    a_cancelled_order_is_watched_through_its_cancel,
    a_final_order_is_sent_once,
    an_unknown_order_cannot_be_watched,
    watching_ends_when_the_service_stops,
    the_gateway_streams_lines_and_events,
);

async fn watch(stack: &Stack, replica: usize, order_id: &str) -> Result<Streaming<Order>, Status> {
    let request = WatchOrderRequest {
        order_id: order_id.to_owned(),
    };
    let mut orders = OrderServiceClient::new(stack.channel(replica));
    orders
        .watch_order(request)
        .await
        .map(tonic::Response::into_inner)
}

async fn next(changes: &mut Streaming<Order>) -> Result<Option<Order>, Status> {
    let next = tokio::time::timeout(SOON, changes.message()).await;
    next.expect("a change or the end arrives")
}

/// The remaining messages of the stream.
async fn to_the_end(changes: &mut Streaming<Order>) -> Vec<Order> {
    let mut seen = Vec::new();
    while let Some(order) = next(changes).await.expect("the stream ends well") {
        seen.push(order);
    }
    seen
}

fn reason(status: &Status) -> (Code, String) {
    let info = status.get_details_error_info();
    (
        status.code(),
        info.expect("the error has an ErrorInfo").reason,
    )
}

/// Asserts that no version is sent twice or out of order, and that the last one is the current order.
async fn is_sent_in_order(stack: &Stack, seen: &[Order]) {
    let versions: Vec<u64> = seen
        .iter()
        .map(|order| {
            order
                .etag
                .trim_start_matches('v')
                .parse()
                .expect("a number")
        })
        .collect();
    assert!(
        versions.windows(2).all(|pair| pair[0] < pair[1]),
        "{versions:?}"
    );
    let last = seen.last().expect("a message arrives");
    assert_eq!(*last, stack.order(&last.order_id).await);
}

async fn an_order_is_watched_to_its_end(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    let mut changes = watch(&stack, 0, &order.order_id)
        .await
        .expect("the order can be watched");
    let now = next(&mut changes)
        .await
        .expect("a message arrives")
        .expect("the clock is after 1970");
    assert_eq!(now, order);
    let payment_id = order.payment.expect("a payment").payment_id;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Succeed)
        .await;
    let mut seen = vec![now];
    seen.extend(to_the_end(&mut changes).await);
    is_sent_in_order(&stack, &seen).await;
    let last = seen.last().expect("the stream ends");
    assert_eq!(last.state(), OrderState::Confirmed, "{seen:?}");
    assert!(seen.len() > 2, "intermediate states are sent too: {seen:?}");
}

async fn a_cancelled_order_is_watched_through_its_cancel(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    let mut changes = watch(&stack, 0, &order.order_id)
        .await
        .expect("the order can be watched");
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(cancel).await;
    cancelled.expect("the cancel is accepted");
    let seen = to_the_end(&mut changes).await;
    is_sent_in_order(&stack, &seen).await;
    let states: Vec<OrderState> = seen.iter().map(Order::state).collect();
    assert_eq!(states.first(), Some(&OrderState::AwaitingPayment));
    assert!(states.contains(&OrderState::Cancelling), "{states:?}");
    assert_eq!(states.last(), Some(&OrderState::Cancelled));
}

async fn a_final_order_is_sent_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    for token in ["tok_ok", "tok_declined"] {
        let order = stack.book(&Booking::new().with_token(token)).await;
        let mut changes = watch(&stack, 0, &order.order_id)
            .await
            .expect("the order can be watched");
        assert_eq!(to_the_end(&mut changes).await, [order]);
    }
}

async fn an_unknown_order_cannot_be_watched(backend: Backend) {
    let stack = Stack::on(backend).await;
    let missing = "0190a5d6-7c2b-7000-8000-000000000000";
    let status = watch(&stack, 0, missing)
        .await
        .expect_err("the id is unknown");
    let not_found = (Code::NotFound, "ORDER_NOT_FOUND".to_owned());
    assert_eq!(reason(&status), not_found);
    let status = watch(&stack, 0, "x").await.expect_err("no id");
    let invalid = (Code::InvalidArgument, "VALIDATION_FAILED".to_owned());
    assert_eq!(reason(&status), invalid);
    let reply = stack
        .api()
        .get(&format!("/v1/orders/{missing}:watch"))
        .await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (404, "ORDER_NOT_FOUND")
    );
}

async fn watching_ends_when_the_service_stops(backend: Backend) {
    let mut stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    let mut changes = watch(&stack, 0, &order.order_id)
        .await
        .expect("the order can be watched");
    next(&mut changes)
        .await
        .expect("a message arrives")
        .expect("the clock is after 1970");
    let ended = stack.replica(0).terminate(SOON).await;
    assert!(ended.success(), "{ended:?}");
    let status = next(&mut changes)
        .await
        .expect_err("the stream ends with a status");
    assert_eq!(
        reason(&status),
        (Code::Unavailable, "SHUTTING_DOWN".to_owned())
    );
}

#[tokio::test]
async fn the_number_of_watchers_is_bounded() {
    const PLACES: usize = 20;
    let setup = Setup::on(Backend::Embedded).with("WATCHERS_MAX", PLACES);
    let stack = setup.start().await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    let all = (0..=PLACES).map(|_| watch(&stack, 0, &order.order_id));
    let (open, refused): (Vec<_>, Vec<_>) =
        join_all(all).await.into_iter().partition(Result::is_ok);
    assert_eq!((open.len(), refused.len()), (PLACES, 1));
    let overloaded = (Code::ResourceExhausted, "OVERLOADED".to_owned());
    for status in refused.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&status), overloaded);
    }
    drop(open);
    until("a place to be free again", SOON, async || {
        watch(&stack, 0, &order.order_id).await.ok()
    })
    .await;
}

async fn the_gateway_streams_lines_and_events(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let booking = Booking::new().with_token("tok_slow_1500").waiting(0);
    let order = stack.book(&booking).await;
    let path = format!("/v1/orders/{}:watch", order.order_id);
    let events = api
        .request("GET", &path)
        .header("Accept", "text/event-stream");
    let (lines, events) = tokio::join!(api.get(&path), api.send(events));
    assert_eq!(lines.status, 200, "{}", lines.text());
    let parsed: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let state = |message: &Value| message["state"].as_str().map(str::to_owned);
    assert_eq!(
        parsed.first().and_then(state).as_deref(),
        Some("ORDER_STATE_PENDING"),
        "{parsed:?}"
    );
    assert_eq!(
        parsed.last().and_then(state).as_deref(),
        Some("ORDER_STATE_CONFIRMED"),
        "{parsed:?}"
    );
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    let events = events.text();
    let received = events.matches("data: {").count();
    assert!(received > 1, "{events}");
    assert!(events.contains("ORDER_STATE_CONFIRMED"), "{events}");
}

#[tokio::test]
async fn a_change_by_another_replica_is_seen() {
    let stack = Setup::on(Backend::Production).replicas(2).start().await;
    let booking = Booking::new().with_token("tok_slow_1500").waiting(0);
    let order = stack.book(&booking).await;
    let mut changes = watch(&stack, 1, &order.order_id)
        .await
        .expect("the order can be watched");
    let seen = to_the_end(&mut changes).await;
    is_sent_in_order(&stack, &seen).await;
    assert_eq!(seen.first().map(Order::state), Some(OrderState::Pending));
    assert_eq!(seen.last().map(Order::state), Some(OrderState::Confirmed));
}
