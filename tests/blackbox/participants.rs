//! Participants that are down: the service starts and keeps running, and every order ends booked or undone.

use order_proto::order::v1::{OrderState, SagaState};
use order_tests::promises;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};

on_both_backends!(
    an_order_created_while_all_are_down_ends_when_they_are_up,
    an_order_started_before_an_outage_ends_after_it,
    the_service_is_ready_while_participants_are_down,
);

async fn impatient(setup: Setup) -> Stack {
    setup
        .with("STEP_ATTEMPTS", 2)
        .with("STEP_DEADLINE", "500ms")
        .start()
        .await
}

async fn an_order_created_while_all_are_down_ends_when_they_are_up(backend: Backend) {
    let mut stack = impatient(Setup::on(backend).without_participants()).await;
    let order = stack.book(&Booking::new().waiting(2)).await;
    // The outcome of `HoldSeats` is unknown, so the order is not final before the step is undone.
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    until("the saga to compensate", SOON, async || {
        let saga = stack.saga(&order.saga_id).await;
        (saga.state() == SagaState::Compensating).then_some(())
    })
    .await;
    stack.start_sandbox().await;
    let order = stack.becomes(&order.order_id, OrderState::Failed).await;
    assert_eq!(
        order
            .failure
            .as_ref()
            .map(|failure| failure.reason.as_str()),
        Some("PARTICIPANT_UNAVAILABLE")
    );
    promises::hold(&stack, &order.order_id).await;
}

async fn an_order_started_before_an_outage_ends_after_it(backend: Backend) {
    let mut stack = impatient(Setup::on(backend)).await;
    let order = stack
        .book(&Booking::new().with_token("tok_slow_2000").waiting(0))
        .await;
    stack.reaches(&order.saga_id, "authorize_payment").await;
    stack.kill_sandbox();
    until("the saga to compensate", SOON, async || {
        let saga = stack.saga(&order.saga_id).await;
        (saga.state() == SagaState::Compensating).then_some(())
    })
    .await;
    stack.start_sandbox().await;
    stack.becomes(&order.order_id, OrderState::Failed).await;
    promises::hold(&stack, &order.order_id).await;
}

async fn the_service_is_ready_while_participants_are_down(backend: Backend) {
    let mut stack = Stack::on(backend).await;
    stack.kill_sandbox();
    assert!(stack.api().answers("/readyz", 200).await);
    stack.start_sandbox().await;
    let order = stack.book(&Booking::new()).await;
    assert_eq!(
        order.state(),
        OrderState::Confirmed,
        "a dead connection is made anew: {order:?}"
    );
}
