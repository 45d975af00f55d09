//! SIGKILL during a booking: after a restart it continues from its last commit, and every effect happens once.

use std::time::Duration;

use order_proto::order::v1::OrderState;
use order_tests::sandbox::{
    AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, CONFIRM_BOOKING, HOLD_SEATS, Method, SEND_NOTIFICATION,
    inventory,
};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends, promises};

on_both_backends!(
    a_booking_survives_a_kill_while_seats_are_held,
    a_booking_survives_a_kill_while_the_payment_is_authorized,
    a_booking_survives_a_kill_while_it_is_confirmed,
    a_booking_survives_a_kill_while_the_payment_is_captured,
    an_undo_survives_a_kill,
    a_notification_survives_a_kill,
    a_booking_survives_sigterm,
);

const CALL: Duration = Duration::from_secs(2);

async fn stack_on(backend: Backend) -> Stack {
    Setup::on(backend).with("LEASE", "2s").start().await
}

/// Kills the service while the call of this step is in progress, restarts it, and expects one booking and one capture.
async fn survives(backend: Backend, step: &str, method: Method) {
    let mut stack = stack_on(backend).await;
    stack.sandbox.delay(method, 1, CALL).await;
    let made = stack.book(&Booking::new().waiting(0)).await;
    stack.reaches(&made.saga_id, step).await;
    stack.kill(0);
    stack.restart(0).await;
    let order = stack.becomes(&made.order_id, OrderState::Confirmed).await;
    let order = promises::hold(&stack, &order.order_id).await;
    promises::are_delivered(&stack, &order, 1).await;
    let totals = stack.sandbox.totals("").await;
    assert_eq!(totals.orders.len(), 1, "{totals:?}");
    assert_eq!(totals.orders[0].effective_captures, 1, "{totals:?}");
}

async fn a_booking_survives_a_kill_while_seats_are_held(backend: Backend) {
    survives(backend, "hold_seats", HOLD_SEATS).await;
}

async fn a_booking_survives_a_kill_while_the_payment_is_authorized(backend: Backend) {
    survives(backend, "authorize_payment", AUTHORIZE_PAYMENT).await;
}

async fn a_booking_survives_a_kill_while_it_is_confirmed(backend: Backend) {
    survives(backend, "confirm_booking", CONFIRM_BOOKING).await;
}

async fn a_booking_survives_a_kill_while_the_payment_is_captured(backend: Backend) {
    survives(backend, "capture_payment", CAPTURE_PAYMENT).await;
}

async fn an_undo_survives_a_kill(backend: Backend) {
    let mut stack = stack_on(backend).await;
    stack
        .sandbox
        .delay(inventory("CancelBooking"), 1, CALL)
        .await;
    let made = stack
        .book(&Booking::new().with_token("tok_capture_declined").waiting(0))
        .await;
    stack.reaches(&made.saga_id, "confirm_booking").await;
    until("the booking to be compensated", SOON, async || {
        let saga = stack.saga(&made.saga_id).await;
        let unwinding = saga.state() == order_proto::order::v1::SagaState::Compensating;
        (unwinding && saga.current_step == "confirm_booking").then_some(())
    })
    .await;
    stack.kill(0);
    stack.restart(0).await;
    stack.becomes(&made.order_id, OrderState::Failed).await;
    promises::hold(&stack, &made.order_id).await;
}

async fn a_notification_survives_a_kill(backend: Backend) {
    let mut stack = stack_on(backend).await;
    stack.sandbox.delay(SEND_NOTIFICATION, 1, CALL).await;
    let order = stack.book(&Booking::new()).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    stack.kill(0);
    stack.restart(0).await;
    promises::are_delivered(&stack, &order, 1).await;
}

async fn a_booking_survives_sigterm(backend: Backend) {
    // With the default lease: the service releases its leases on SIGTERM, so the restart must not wait for them to
    // expire.
    let mut stack = Stack::on(backend).await;
    stack.sandbox.delay(CONFIRM_BOOKING, 1, CALL).await;
    let made = stack.book(&Booking::new().waiting(0)).await;
    stack.reaches(&made.saga_id, "confirm_booking").await;
    let status = stack.replica(0).terminate(Duration::from_secs(10)).await;
    assert!(status.success(), "{status}");
    stack.kill(0);
    stack.restart(0).await;
    stack.becomes(&made.order_id, OrderState::Confirmed).await;
    promises::hold(&stack, &made.order_id).await;
}
