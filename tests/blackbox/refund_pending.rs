//! Refunds that the provider completes late, refuses late, or that an operator settles: PENDING until the outcome is
//! known.

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, RefundOrderRequest};
use order_proto::order::v1::{RefundState, SagaState};
use order_proto::payment::v1::RefundPaymentRequest;
use order_proto::sandbox::v1::{CompletionOutcome, FaultKind};
use order_tests::audit::is_clean;
use order_tests::operator::{becomes, done, refused, resolve, retry};
use order_tests::promises::{self, amount};
use order_tests::refund::{UNIT, of_amount, of_seats, refund, usd};
use order_tests::sandbox::{REFUND_PAYMENT, participant_request};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};

on_both_backends!(
    a_refund_is_pending_until_the_provider_reports_it,
    a_refund_that_fails_late_leaves_the_order_as_it_was,
    a_pending_refund_survives_a_kill,
    a_cancel_waits_for_its_own_refund_and_for_others,
    a_cancel_whose_refund_fails_late_is_retried_with_another_refund_id,
    a_refund_settled_by_an_operator_is_resolved,
);

/// Books two seats of a buyer whose bank completes refunds late.
async fn slow_bank(stack: &Stack) -> Order {
    let booking = Booking::new()
        .with_seats(2)
        .with_token("tok_refund_pending");
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    order
}

/// The same request with a `wait` of zero.
fn at_once(request: RefundOrderRequest) -> RefundOrderRequest {
    RefundOrderRequest {
        wait: Some(prost_types::Duration::default()),
        ..request
    }
}

/// Waits until a refund is pending at the provider, and completes it.
async fn bank(stack: &Stack, order: &Order, outcome: CompletionOutcome) {
    let payment = order.payment.as_ref().expect("the order has a payment");
    until("a pending refund", SOON, async || {
        let sandbox = &stack.sandbox;
        sandbox
            .try_complete(&payment.payment_id, outcome)
            .await
            .then_some(())
    })
    .await;
}

/// Waits until the last refund of the order is in this state.
async fn known(stack: &Stack, order: &Order, state: RefundState) -> Order {
    until("the refund to have the state", SOON, async || {
        let order = stack.order(&order.order_id).await;
        let last = order.refunds.last()?;
        (last.state() == state).then_some(order)
    })
    .await
}

async fn a_refund_is_pending_until_the_provider_reports_it(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = slow_bank(&stack).await;
    let asked = refund(&stack, at_once(of_seats(&order, &[0]))).await;
    assert_eq!(asked.refunds[0].state(), RefundState::Pending);
    let saga = stack.begins(&order.order_id, "refund_order").await;
    becomes(&stack, &saga.saga_id, SagaState::Waiting).await;
    let pending = stack.order(&order.order_id).await;
    assert_eq!(pending.refunds[0].state(), RefundState::Pending);
    assert_eq!(
        amount(pending.refunded.as_ref()),
        0,
        "nothing is refunded yet"
    );
    bank(&stack, &order, CompletionOutcome::Succeed).await;
    let order = known(&stack, &order, RefundState::Succeeded).await;
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT);
    // The bank's webhook makes the saga due.
    let saga = becomes(&stack, &saga.saga_id, SagaState::Completed).await;
    let is_recorded = saga
        .history
        .iter()
        .any(|line| line.event == "webhook_received");
    assert!(is_recorded, "{:?}", saga.history);
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn a_refund_that_fails_late_leaves_the_order_as_it_was(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = slow_bank(&stack).await;
    refund(&stack, at_once(of_amount(&order, usd(10, 0)))).await;
    bank(&stack, &order, CompletionOutcome::Fail).await;
    let order = known(&stack, &order, RefundState::Failed).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(amount(order.refunded.as_ref()), 0);
    let saga = stack.begins(&order.order_id, "refund_order").await;
    becomes(&stack, &saga.saga_id, SagaState::Compensated).await;
    // The refund's amount can be refunded again.
    let all = refund(&stack, at_once(of_amount(&order, usd(100, 0)))).await;
    assert_eq!(all.refunds[1].state(), RefundState::Pending);
    bank(&stack, &order, CompletionOutcome::Succeed).await;
    known(&stack, &order, RefundState::Succeeded).await;
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn a_pending_refund_survives_a_kill(backend: Backend) {
    let mut stack = Setup::on(backend).with("LEASE", "1s").start().await;
    let order = slow_bank(&stack).await;
    refund(&stack, at_once(of_amount(&order, usd(10, 0)))).await;
    let saga = stack.begins(&order.order_id, "refund_order").await;
    becomes(&stack, &saga.saga_id, SagaState::Waiting).await;
    stack.kill(0);
    // The bank sends no webhook.
    bank(&stack, &order, CompletionOutcome::Succeed).await;
    stack.restart(0).await;
    let order = known(&stack, &order, RefundState::Succeeded).await;
    assert_eq!(amount(order.refunded.as_ref()), 10 * UNIT);
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn cancel(stack: &Stack, order: &Order) -> Order {
    let request = CancelOrderRequest {
        order_id: order.order_id.clone(),
        wait: Some(prost_types::Duration::default()),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(request).await;
    cancelled.expect("a cancel is answered").into_inner()
}

async fn a_cancel_waits_for_its_own_refund_and_for_others(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = slow_bank(&stack).await;
    refund(&stack, at_once(of_amount(&order, usd(10, 0)))).await;
    let first = stack.begins(&order.order_id, "refund_order").await;
    becomes(&stack, &first.saga_id, SagaState::Waiting).await;
    let cancelled = cancel(&stack, &order).await;
    assert_eq!(cancelled.state(), OrderState::Cancelling);
    let saga = stack.begins(&order.order_id, "cancel_order").await;
    // `CompletePayment` completes the oldest refund first.
    for left in [90, 0] {
        becomes(&stack, &saga.saga_id, SagaState::Waiting).await;
        let stands = stack.order(&order.order_id).await;
        assert_eq!(stands.state(), OrderState::Cancelling, "{left} are left");
        bank(&stack, &order, CompletionOutcome::Succeed).await;
    }
    let order = stack.becomes(&order.order_id, OrderState::Cancelled).await;
    let amounts: Vec<_> = order
        .refunds
        .iter()
        .map(|refund| (amount(refund.amount.as_ref()) / UNIT, refund.state()))
        .collect();
    let back = RefundState::Succeeded;
    assert_eq!(amounts, [(10, back), (90, back)]);
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn a_cancel_whose_refund_fails_late_is_retried_with_another_refund_id(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = slow_bank(&stack).await;
    cancel(&stack, &order).await;
    let saga = stack.begins(&order.order_id, "cancel_order").await;
    bank(&stack, &order, CompletionOutcome::Fail).await;
    let saga = becomes(&stack, &saga.saga_id, SagaState::NeedsAttention).await;
    let why = saga.failure.expect("the error has an ErrorInfo");
    assert_eq!(why.reason, "REFUND_FAILED", "{why:?}");
    let stands = stack.order(&order.order_id).await;
    assert_eq!(stands.state(), OrderState::Cancelling);
    done(retry(&stack, &saga.saga_id).await);
    bank(&stack, &order, CompletionOutcome::Succeed).await;
    let order = stack.becomes(&order.order_id, OrderState::Cancelled).await;
    let states: Vec<_> = order.refunds.iter().map(|refund| refund.state()).collect();
    assert_eq!(states, [RefundState::Failed, RefundState::Succeeded]);
    assert_ne!(order.refunds[0].refund_id, order.refunds[1].refund_id);
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn a_refund_settled_by_an_operator_is_resolved(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new().with_seats(2)).await;
    let sandbox = &stack.sandbox;
    sandbox.fault(REFUND_PAYMENT, FaultKind::Reject, 0).await;
    refund(&stack, at_once(of_seats(&order, &[0]))).await;
    let saga = stack.begins(&order.order_id, "refund_order").await;
    let saga = becomes(&stack, &saga.saga_id, SagaState::NeedsAttention).await;
    let moves = saga.failure.expect("the error has an ErrorInfo").next_moves;
    assert_eq!(moves, ["RetrySaga", "ResolveSaga"]);
    let unpaid = resolve(&stack, &saga.saga_id, OrderState::Confirmed).await;
    let why = refused(unpaid);
    assert!(why.contains("refunded 50.00 USD would do"), "{why}");

    sandbox.clear_fault(REFUND_PAYMENT).await;
    let by_hand = RefundPaymentRequest {
        payment_id: order
            .payment
            .as_ref()
            .expect("the order has a payment")
            .payment_id
            .clone(),
        order_id: order.order_id.clone(),
        refund_id: "by-hand".to_owned(),
        amount: usd(50, 0),
        idempotency_key: "by-hand".to_owned(),
    };
    let by_hand = participant_request(by_hand, "by-hand");
    let paid = sandbox.payments().refund_payment(by_hand).await;
    paid.expect("the refund is completed");
    let wrong = resolve(&stack, &saga.saga_id, OrderState::Cancelled).await;
    let why = refused(wrong);
    assert!(why.contains("leaves the order CONFIRMED"), "{why}");
    let saga = done(resolve(&stack, &saga.saga_id, OrderState::Confirmed).await);
    assert_eq!(saga.state(), SagaState::Completed);
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT);
    is_clean(&stack).await;
}
