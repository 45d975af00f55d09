//! `CancelOrder` of a confirmed order: frees the seats first and then refunds the money, also when participants fail.

use std::time::Duration;

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, PaymentState};
use order_proto::order::v1::{RefundState, Saga, SagaState, TicketState};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::key;
use order_tests::promises::{self, amount};
use order_tests::sandbox::{CANCEL_BOOKING, Method, REFUND_PAYMENT};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_backends!(
    a_confirmed_order_is_cancelled_and_its_money_returned,
    a_cancel_survives_transient_faults,
    a_refused_cancel_keeps_the_order,
    a_refused_refund_needs_an_operator,
    concurrent_cancels_have_one_effect,
    a_cancel_of_a_confirmed_order_is_replayed_under_its_key,
    a_cancel_of_an_order_that_has_changed_is_refused,
    a_cancel_survives_a_kill_while_seats_are_freed,
    a_cancel_survives_a_kill_while_money_is_returned,
);

async fn confirmed(stack: &Stack, seats: usize) -> Order {
    let order = stack.book(&Booking::new().with_seats(seats)).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    order
}

fn request(order: &Order, wait_secs: i64) -> CancelOrderRequest {
    CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: "the buyer is ill".to_owned(),
        wait: Some(prost_types::Duration {
            seconds: wait_secs,
            nanos: 0,
        }),
        ..Default::default()
    }
}

async fn cancel(stack: &Stack, order: &Order) -> Order {
    let cancelled = stack.orders().cancel_order(request(order, 30)).await;
    cancelled.expect("a cancel is answered").into_inner()
}

/// The only `cancel_order` saga of the order.
async fn saga_of(stack: &Stack, order: &Order) -> Saga {
    let mut sagas = stack.sagas_of(&order.order_id, "cancel_order").await;
    assert_eq!(sagas.len(), 1, "{sagas:?}");
    let saga = sagas.pop().expect("there is a value");
    stack.saga(&saga.saga_id).await
}

async fn is_cancelled(stack: &Stack, order: &Order) -> Order {
    let order = promises::hold(stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Cancelled, "{order:?}");
    assert_eq!(
        amount(order.refunded.as_ref()),
        amount(order.total.as_ref())
    );
    let payment = order.payment.as_ref().expect("the order has a payment");
    assert_eq!(payment.state(), PaymentState::Refunded);
    let gone = |ticket: &order_proto::order::v1::Ticket| ticket.state() == TicketState::Cancelled;
    assert!(order.tickets.iter().all(gone), "{order:?}");
    let totals = stack.sandbox.totals(&order.order_id).await;
    assert_eq!(totals.orders[0].effective_captures, 1, "{totals:?}");
    order
}

async fn a_confirmed_order_is_cancelled_and_its_money_returned(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_seats(2);
    let order = stack.book(&booking).await;
    promises::are_delivered(&stack, &order, 2).await;
    let order = cancel(&stack, &order).await;
    let order = is_cancelled(&stack, &order).await;
    let refund = &order.refunds[..];
    assert_eq!(refund.len(), 1, "{order:?}");
    assert_eq!(refund[0].state(), RefundState::Succeeded);
    assert_eq!(refund[0].reason, "the buyer is ill");
    assert!(order.failure.is_none(), "the order became a booking");

    let saga = saga_of(&stack, &order).await;
    assert_eq!(saga.state(), SagaState::Completed);
    let steps: Vec<_> = saga.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["cancel_booking", "refund_payment"]);
    let begun = &saga.history[0];
    assert_eq!(
        (begun.event.as_str(), begun.detail.as_str()),
        ("saga_started", "the buyer is ill")
    );
    let notification_id = format!("{}/order_cancelled", saga.saga_id);
    until(
        "the usage reversal and the notification",
        SOON,
        async || {
            let totals = stack.sandbox.totals("").await;
            let usage = totals
                .usage
                .iter()
                .find(|sum| sum.organization_id == order.organization_id);
            let mut notified = totals.notifications.iter();
            let notified =
                notified.any(|sum| sum.notification_id == notification_id && sum.deliveries == 1);
            (notified && usage.is_some_and(|sum| sum.units == 0)).then_some(())
        },
    )
    .await;
    // Cancelling a cancelled order returns it unchanged, and its seats can be sold again.
    assert_eq!(cancel(&stack, &order).await, order);
    let again = stack.book(&booking).await;
    assert_eq!(again.state(), OrderState::Confirmed, "{again:?}");
}

async fn a_cancel_survives_transient_faults(backend: Backend) {
    let stack = Stack::on(backend).await;
    for method in [CANCEL_BOOKING, REFUND_PAYMENT] {
        for kind in [FaultKind::FailBefore, FaultKind::LoseReply] {
            stack.sandbox.reset().await;
            let order = confirmed(&stack, 1).await;
            stack.sandbox.fault(method, kind, 3).await;
            let order = cancel(&stack, &order).await;
            is_cancelled(&stack, &order).await;
            let calls = stack.sandbox.calls(&order.order_id, method).await;
            assert_eq!(calls, 4, "{method:?} {kind:?}");
        }
    }
}

async fn a_refused_cancel_keeps_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    stack
        .sandbox
        .fault(CANCEL_BOOKING, FaultKind::Reject, 1)
        .await;
    let kept = cancel(&stack, &order).await;
    assert_eq!(kept.state(), OrderState::Confirmed, "{kept:?}");
    assert_eq!(kept.refunds, []);
    assert_eq!(kept.tickets, order.tickets);
    promises::hold(&stack, &order.order_id).await;
    let saga = saga_of(&stack, &order).await;
    assert_eq!(saga.state(), SagaState::Compensated);
    let why = saga.failure.expect("the error has an ErrorInfo");
    assert_eq!(why.reason, "INVENTORY_REJECTED");
    let refunds = stack.sandbox.calls(&order.order_id, REFUND_PAYMENT).await;
    assert_eq!(refunds, 0, "nothing is refunded while the seats are booked");
    // A later cancel can succeed.
    let order = cancel(&stack, &order).await;
    is_cancelled(&stack, &order).await;
}

async fn a_refused_refund_needs_an_operator(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    stack
        .sandbox
        .fault(REFUND_PAYMENT, FaultKind::Reject, 1)
        .await;
    let order = cancel(&stack, &order).await;
    assert_eq!(order.state(), OrderState::Cancelling, "{order:?}");
    assert_eq!(order.refunds[0].state(), RefundState::Failed);
    assert_eq!(amount(order.refunded.as_ref()), 0);
    let saga = saga_of(&stack, &order).await;
    assert_eq!(saga.state(), SagaState::NeedsAttention);
    assert_eq!(saga.current_step, "refund_payment");
    let why = saga.failure.expect("the error has an ErrorInfo");
    assert_eq!(why.reason, "REFUND_FAILED");
    let totals = stack.sandbox.totals(&order.order_id).await;
    assert_eq!(amount(totals.orders[0].refunded.as_ref()), 0);
    assert_eq!(totals.seats, []);
}

async fn concurrent_cancels_have_one_effect(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    stack
        .sandbox
        .delay(CANCEL_BOOKING, 1, Duration::from_millis(500))
        .await;
    let cancels = (0..8).map(|_| cancel(&stack, &order));
    let cancelled = futures::future::join_all(cancels).await;
    let order = is_cancelled(&stack, &order).await;
    assert!(cancelled.iter().all(|one| *one == order), "{cancelled:?}");
    saga_of(&stack, &order).await;
    let refunds = stack.sandbox.calls(&order.order_id, REFUND_PAYMENT).await;
    assert_eq!(refunds, 1);
}

async fn a_cancel_of_a_confirmed_order_is_replayed_under_its_key(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let order = confirmed(&stack, 1).await;
    let path = format!("/v1/orders/{}:cancel", order.order_id);
    let key = key();
    let ask = |reason: &str| {
        let body = json!({"reason": reason, "etag": order.etag, "wait": "30s"});
        let request = api.request("POST", &path).json(&body);
        api.send(request.header("Idempotency-Key", &key))
    };
    let first = ask("ill").await;
    assert_eq!(first.ok()["state"], "ORDER_STATE_CANCELLED");
    assert_eq!(first.header("idempotent-replayed"), None);
    let second = ask("ill").await;
    assert_eq!(second.body, first.body);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    let other = ask("well again").await;
    assert_eq!(
        (other.status, other.reason().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED")
    );
    saga_of(&stack, &order).await;
}

async fn a_cancel_of_an_order_that_has_changed_is_refused(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    let stale = CancelOrderRequest {
        etag: "v1".to_owned(),
        ..request(&order, 30)
    };
    let status: Status = stack
        .orders()
        .cancel_order(stale)
        .await
        .expect_err("the order has changed");
    let reason = status.get_details_error_info().map(|info| info.reason);
    assert_eq!(
        (status.code(), reason.as_deref()),
        (Code::Aborted, Some("ETAG_MISMATCH"))
    );
    assert_eq!(stack.order(&order.order_id).await, order);
    let fresh = CancelOrderRequest {
        etag: order.etag.clone(),
        ..request(&order, 30)
    };
    let cancelled = stack.orders().cancel_order(fresh).await;
    let cancelled = cancelled.expect("the etag still matches").into_inner();
    is_cancelled(&stack, &cancelled).await;
}

/// Kills the service while the call of this step is in progress, restarts it, and expects one cancel and one refund.
async fn survives(backend: Backend, step: &str, method: Method) {
    let mut stack = Setup::on(backend).with("LEASE", "2s").start().await;
    let order = confirmed(&stack, 2).await;
    stack.sandbox.delay(method, 1, Duration::from_secs(2)).await;
    let asked = stack.orders().cancel_order(request(&order, 0)).await;
    let asked = asked.expect("a cancel is answered").into_inner();
    assert_eq!(asked.state(), OrderState::Cancelling, "{asked:?}");
    let saga = stack.begins(&order.order_id, "cancel_order").await;
    stack.reaches(&saga.saga_id, step).await;
    stack.kill(0);
    stack.restart(0).await;
    stack.becomes(&order.order_id, OrderState::Cancelled).await;
    is_cancelled(&stack, &order).await;
    saga_of(&stack, &order).await;
}

async fn a_cancel_survives_a_kill_while_seats_are_freed(backend: Backend) {
    survives(backend, "cancel_booking", CANCEL_BOOKING).await;
}

async fn a_cancel_survives_a_kill_while_money_is_returned(backend: Backend) {
    survives(backend, "refund_payment", REFUND_PAYMENT).await;
}
