//! The `wait` of a request: how long a call waits until its order is final.

use std::time::{Duration, Instant};

use order_proto::order::v1::OrderState;
use order_tests::{Backend, Booking, Stack, on_both_backends};
use tonic::Request;

on_both_backends!(
    a_wait_of_zero_answers_at_once,
    a_wait_that_ends_early_returns_the_current_order,
    a_wait_is_cut_to_the_callers_deadline,
);

async fn a_wait_of_zero_answers_at_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack
        .book(&Booking::new().with_token("tok_slow_1000").waiting(0))
        .await;
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    let order = stack.becomes(&order.order_id, OrderState::Confirmed).await;
    let made = order.create_time.expect("the order has a create_time");
    let changed = order.update_time.expect("the last change arrives");
    assert!(
        (made.seconds, made.nanos) < (changed.seconds, changed.nanos),
        "{order:?}"
    );
}

async fn a_wait_that_ends_early_returns_the_current_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let begun = Instant::now();
    let order = stack
        .book(&Booking::new().with_token("tok_slow_3500").waiting(1))
        .await;
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    stack.becomes(&order.order_id, OrderState::Confirmed).await;
}

async fn a_wait_is_cut_to_the_callers_deadline(backend: Backend) {
    let stack = Stack::on(backend).await;
    let mut request = Request::new(
        Booking::new()
            .with_token("tok_slow_4900")
            .waiting(30)
            .proto(),
    );
    request.set_timeout(Duration::from_secs(4));
    let order = stack
        .orders()
        .create_order(request)
        .await
        .expect("an order, before the deadline")
        .into_inner();
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    stack.becomes(&order.order_id, OrderState::Confirmed).await;
}
