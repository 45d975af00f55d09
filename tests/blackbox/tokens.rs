//! Every payment token of the sandbox, and the resulting state of the order.

use order_proto::order::v1::{Order, OrderState, SagaState};
use order_proto::sandbox::v1::CompletionOutcome;
use order_tests::promises;
use order_tests::sandbox::AUTHORIZE_PAYMENT;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Stack, on_both_backends};

on_both_backends!(
    tokens_for_a_booking_confirm_the_order,
    declined_tokens_leave_no_effects,
    a_payment_that_is_never_available_fails_the_order,
    a_buyer_who_confirms_gets_the_seats,
    a_buyer_who_refuses_leaves_no_effects,
    a_pending_capture_that_succeeds_confirms_the_order,
    a_pending_capture_that_fails_undoes_the_order,
);

fn reason(order: &Order) -> &str {
    order
        .failure
        .as_ref()
        .map_or("", |failure| failure.reason.as_str())
}

async fn tokens_for_a_booking_confirm_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    for token in [
        "tok_ok",
        "tok_slow_200",
        "tok_lost_reply",
        "tok_unavailable_2",
    ] {
        let order = stack.book(&Booking::new().with_token(token)).await;
        assert_eq!(order.state(), OrderState::Confirmed, "{token}: {order:?}");
        let order = promises::hold(&stack, &order.order_id).await;
        promises::are_delivered(&stack, &order, 1).await;
        let calls = stack
            .sandbox
            .calls(&order.order_id, AUTHORIZE_PAYMENT)
            .await;
        let expected = match token {
            "tok_lost_reply" => 2,
            "tok_unavailable_2" => 3,
            _ => 1,
        };
        assert_eq!(calls, expected, "{token}");
    }
}

async fn declined_tokens_leave_no_effects(backend: Backend) {
    let stack = Stack::on(backend).await;
    for token in ["tok_declined", "tok_capture_declined"] {
        let order = stack
            .book(&Booking::new().with_seats(2).with_token(token))
            .await;
        assert_eq!(order.state(), OrderState::Failed, "{token}: {order:?}");
        assert_eq!(reason(&order), "PAYMENT_DECLINED", "{token}");
        promises::hold(&stack, &order.order_id).await;
    }
    let totals = stack.sandbox.totals("").await;
    assert!(totals.usage.iter().all(|sum| sum.units == 0), "{totals:?}");
    assert!(totals.notifications.is_empty(), "{totals:?}");
}

async fn a_payment_that_is_never_available_fails_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack
        .book(&Booking::new().with_token("tok_unavailable_50"))
        .await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    assert_eq!(reason(&order), "PARTICIPANT_UNAVAILABLE");
    promises::hold(&stack, &order.order_id).await;
    assert_eq!(
        stack
            .sandbox
            .calls(&order.order_id, AUTHORIZE_PAYMENT)
            .await,
        5,
        "STEP_ATTEMPTS"
    );
}

/// Books an order that waits for its buyer; returns it with the id of its payment.
async fn awaiting_the_buyer(stack: &Stack) -> (Order, String) {
    let order = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    let payment = order.payment.clone().expect("the order has a redirect URL");
    assert!(payment.redirect_url.starts_with("http"), "{payment:?}");
    assert_eq!(stack.saga(&order.saga_id).await.state(), SagaState::Waiting);
    (order, payment.payment_id)
}

async fn a_buyer_who_confirms_gets_the_seats(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, payment_id) = awaiting_the_buyer(&stack).await;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Succeed)
        .await;
    let order = stack.becomes(&order.order_id, OrderState::Confirmed).await;
    promises::hold(&stack, &order.order_id).await;
    promises::are_delivered(&stack, &order, 1).await;
}

async fn a_buyer_who_refuses_leaves_no_effects(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, payment_id) = awaiting_the_buyer(&stack).await;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Fail)
        .await;
    let order = stack.becomes(&order.order_id, OrderState::Failed).await;
    assert_eq!(reason(&order), "PAYMENT_DECLINED");
    promises::hold(&stack, &order.order_id).await;
}

/// Books an order whose capture is pending at the provider; returns it with the id of its payment.
async fn awaiting_the_provider(stack: &Stack) -> (Order, String) {
    let order = stack
        .book(&Booking::new().with_token("tok_capture_pending").waiting(0))
        .await;
    until("the saga to wait for the capture", SOON, async || {
        let saga = stack.saga(&order.saga_id).await;
        (saga.state() == SagaState::Waiting && saga.current_step == "capture_payment").then_some(())
    })
    .await;
    let order = stack.order(&order.order_id).await;
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    let payment_id = order
        .payment
        .as_ref()
        .map(|payment| payment.payment_id.clone());
    (order, payment_id.expect("the payment is authorized"))
}

async fn a_pending_capture_that_succeeds_confirms_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, payment_id) = awaiting_the_provider(&stack).await;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Succeed)
        .await;
    let order = stack.becomes(&order.order_id, OrderState::Confirmed).await;
    promises::hold(&stack, &order.order_id).await;
}

async fn a_pending_capture_that_fails_undoes_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, payment_id) = awaiting_the_provider(&stack).await;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Fail)
        .await;
    let order = stack.becomes(&order.order_id, OrderState::Failed).await;
    assert_eq!(reason(&order), "PAYMENT_DECLINED");
    promises::hold(&stack, &order.order_id).await;
}
