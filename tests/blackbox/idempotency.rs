//! Requests under one key have one effect and one answer, over each protocol, while the first runs and after it.

use order_proto::order::v1::{Order, OrderState};
use order_tests::booking::{key, organization};
use order_tests::promises;
use order_tests::sandbox::{CAPTURE_PAYMENT, HOLD_SEATS};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Stack, on_both_backends, web};
use serde_json::Value;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

on_both_backends!(
    a_repeat_is_answered_byte_for_byte,
    a_repeat_of_a_failed_booking_books_nothing,
    another_request_under_the_same_key_calls_no_participant,
    another_wait_is_the_same_request,
    a_repeat_while_the_first_runs_gets_a_retry_after,
    a_repeat_for_an_order_in_progress_returns_its_current_state,
    a_booking_continues_after_the_client_disconnects,
    two_tenants_may_choose_the_same_key,
    one_key_is_one_order_over_every_protocol,
    a_key_reused_over_grpc_is_a_failed_precondition,
);

fn id(order: &Value) -> String {
    order["orderId"]
        .as_str()
        .expect("an order has an id")
        .to_owned()
}

async fn a_repeat_is_answered_byte_for_byte(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, body) = (key(), Booking::new().json());
    let first = stack.api().create(&key, &body).await;
    assert_eq!(first.ok()["state"], "ORDER_STATE_CONFIRMED");
    assert_eq!(first.header("idempotent-replayed"), None);
    let second = stack.api().create(&key, &body).await;
    assert_eq!(second.status, 200);
    assert_eq!(
        second.header("idempotent-replayed"),
        Some("true"),
        "{second:?}"
    );
    assert_eq!(second.body, first.body);
    let order_id = id(&first.json());
    promises::hold(&stack, &order_id).await;
    assert_eq!(stack.sandbox.calls(&order_id, CAPTURE_PAYMENT).await, 1);
}

async fn a_repeat_of_a_failed_booking_books_nothing(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, body) = (key(), Booking::new().with_token("tok_declined").json());
    let first = stack.api().create(&key, &body).await;
    assert_eq!(first.ok()["failure"]["reason"], "PAYMENT_DECLINED");
    let second = stack.api().create(&key, &body).await;
    assert_eq!(
        second.header("idempotent-replayed"),
        Some("true"),
        "{second:?}"
    );
    assert_eq!(second.body, first.body);
}

async fn another_request_under_the_same_key_calls_no_participant(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await.ok();
    let order = stack.order(&id(&first)).await;
    promises::are_delivered(&stack, &order, 1).await;
    let asked = stack.sandbox.journal("").await.len();
    let reply = stack.api().create(&key, &booking.again().json()).await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED"),
        "{reply:?}"
    );
    assert_eq!(reply.header("retry-after"), None);
    assert_eq!(stack.sandbox.journal("").await.len(), asked);
}

async fn another_wait_is_the_same_request(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await.ok();
    let second = stack
        .api()
        .create(&key, &booking.waiting(7).json())
        .await
        .ok();
    assert_eq!(second, first);
}

async fn a_repeat_while_the_first_runs_gets_a_retry_after(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new().with_token("tok_slow_3000"));
    let first = tokio::spawn({
        let (api, key, body) = (stack.api(), key.clone(), booking.json());
        async move { api.create(&key, &body).await }
    });
    until("the first request to hold seats", SOON, async || {
        let journal = stack.sandbox.journal("").await;
        journal
            .iter()
            .any(|entry| entry.method == HOLD_SEATS.name)
            .then_some(())
    })
    .await;
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(
        (second.status, second.reason().as_str()),
        (409, "IDEMPOTENCY_KEY_IN_USE"),
        "{second:?}"
    );
    let retry_after: u64 = second
        .header("retry-after")
        .and_then(|secs| secs.parse().ok())
        .expect("whole seconds");
    assert!((1..=60).contains(&retry_after), "{retry_after}");
    let reused = stack.api().create(&key, &booking.again().json()).await;
    assert_eq!(
        reused.status, 422,
        "another request gets no Retry-After: {reused:?}"
    );

    let first = first.await.expect("the first request ends");
    assert_eq!(first.ok()["state"], "ORDER_STATE_CONFIRMED");
    let third = stack.api().create(&key, &booking.json()).await;
    assert_eq!(third.body, first.body);
    promises::hold(&stack, &id(&first.json())).await;
}

async fn a_repeat_for_an_order_in_progress_returns_its_current_state(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new().with_token("tok_slow_1000"));
    let first = stack
        .api()
        .create(&key, &booking.clone().waiting(0).json())
        .await
        .ok();
    assert_eq!(first["state"], "ORDER_STATE_PENDING", "{first}");
    stack.becomes(&id(&first), OrderState::Confirmed).await;
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(
        second.header("idempotent-replayed"),
        Some("true"),
        "{second:?}"
    );
    assert_eq!(id(&second.ok()), id(&first));
    assert_eq!(second.json()["state"], "ORDER_STATE_CONFIRMED");
}

async fn a_booking_continues_after_the_client_disconnects(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new().with_token("tok_slow_1000"));
    let gone = tokio::spawn({
        let (api, key, body) = (stack.api(), key.clone(), booking.json());
        async move { api.create(&key, &body).await }
    });
    let order_id = until("the request to hold seats", SOON, async || {
        let journal = stack.sandbox.journal("").await;
        journal
            .into_iter()
            .find(|entry| entry.method == HOLD_SEATS.name)
            .map(|entry| entry.order_id)
    })
    .await;
    gone.abort();
    stack.becomes(&order_id, OrderState::Confirmed).await;
    let again = until("the key to be answered", SOON, async || {
        let reply = stack.api().create(&key, &booking.json()).await;
        (reply.status != 409).then_some(reply)
    })
    .await;
    assert_eq!(id(&again.ok()), order_id);
    promises::hold(&stack, &order_id).await;
}

async fn two_tenants_may_choose_the_same_key(backend: Backend) {
    let stack = Stack::on(backend).await;
    let key = key();
    let booking = Booking::new();
    let other = booking.again().for_organization(&organization());
    let first = stack.api().create(&key, &booking.json()).await.ok();
    let second = stack.api().create(&key, &other.json()).await.ok();
    assert_ne!(id(&first), id(&second));
    for order in [first, second] {
        assert_eq!(order["state"], "ORDER_STATE_CONFIRMED", "{order}");
        promises::hold(&stack, &id(&order)).await;
    }
}

/// A gRPC request with an idempotency key.
fn keyed<M>(key: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("idempotency-key", key.parse().expect("ASCII"));
    request
}

fn replayed(metadata: &MetadataMap) -> bool {
    metadata
        .get("idempotent-replayed")
        .is_some_and(|value| value == "true")
}

async fn one_key_is_one_order_over_every_protocol(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    let first = stack
        .orders()
        .create_order(keyed(&key, booking.proto()))
        .await
        .expect("an order");
    assert!(!replayed(first.metadata()));
    let again = stack
        .orders()
        .create_order(keyed(&key, booking.proto()))
        .await
        .expect("the same order");
    assert!(replayed(again.metadata()), "{again:?}");
    let first = first.into_inner();
    assert_eq!(again.into_inner(), first);

    let json = stack.api().create(&key, &booking.json()).await;
    assert_eq!(json.header("idempotent-replayed"), Some("true"), "{json:?}");
    assert_eq!(id(&json.ok()), first.order_id);

    let path = "/order.v1.OrderService/CreateOrder";
    let web = web::call::<Order>(&stack.address(0), path, Some(&key), &booking.proto()).await;
    assert!(web.replayed, "{web:?}");
    assert_eq!(web.messages, [first]);
}

async fn a_key_reused_over_grpc_is_a_failed_precondition(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    stack
        .orders()
        .create_order(keyed(&key, booking.proto()))
        .await
        .expect("an order");
    let refused = stack
        .orders()
        .create_order(keyed(&key, booking.again().proto()))
        .await;
    let status = refused.expect_err("another request under the same key");
    assert_eq!(status.code(), Code::FailedPrecondition);
    let info = status
        .get_details_error_info()
        .expect("the error has an ErrorInfo");
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str()),
        ("IDEMPOTENCY_KEY_REUSED", "order.v1")
    );
}
