//! `CancelOrder` while the booking is in progress: the booking is compensated from any step.

use std::time::Duration;

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, SagaState, TicketState};
use order_proto::sandbox::v1::{CompletionOutcome, FaultKind};
use order_tests::booking::key;
use order_tests::promises;
use order_tests::sandbox::{
    AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, CONFIRM_BOOKING, HOLD_SEATS, inventory, payment,
};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_backends!(
    a_booking_under_way_is_cancelled,
    a_booking_that_waits_for_its_buyer_is_cancelled,
    a_cancel_meets_every_step_whose_outcome_is_unknown,
    a_capture_that_is_pending_is_settled_first,
    an_undo_survives_lost_replies,
    two_concurrent_cancels_have_one_effect,
    a_cancel_is_replayed_under_its_key,
    a_cancel_in_a_wrong_state_is_refused,
);

const NO_WAIT: u32 = 0;

fn request(order: &Order) -> CancelOrderRequest {
    CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: "the buyer is ill".to_owned(),
        wait: Some(prost_types::Duration {
            seconds: 30,
            nanos: 0,
        }),
        ..Default::default()
    }
}

async fn cancel(stack: &Stack, order: &Order) -> Order {
    let cancelled = stack.orders().cancel_order(request(order)).await;
    cancelled.expect("a cancel is answered").into_inner()
}

/// Starts the booking and waits until this step is its current one.
async fn caught_at(stack: &Stack, booking: &Booking, step: &str) -> Order {
    let order = stack.book(&booking.clone().waiting(NO_WAIT)).await;
    stack.reaches(&order.saga_id, step).await;
    order
}

async fn is_cancelled(stack: &Stack, order: &Order) {
    assert_eq!(order.state(), OrderState::Cancelled, "{order:?}");
    // If the capture took effect, the order was confirmed first and then cancelled by a second saga.
    let sagas = stack.sagas_of(&order.order_id, "cancel_order").await;
    let was_booked = order
        .captured
        .as_ref()
        .is_some_and(|captured| captured.units > 0);
    assert_eq!(sagas.len(), usize::from(was_booked), "{sagas:?}");
    let reason = order.failure.as_ref();
    let reason = reason.map(|failure| failure.reason.as_str());
    let expected = (!was_booked).then_some("CANCELLED_BY_USER");
    assert_eq!(reason, expected, "{order:?}");
    let freed = |ticket: &order_proto::order::v1::Ticket| ticket.state() == TicketState::Cancelled;
    assert!(order.tickets.iter().all(freed), "{order:?}");
    promises::hold(stack, &order.order_id).await;
}

async fn a_booking_under_way_is_cancelled(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_seats(2).with_token("tok_slow_1500");
    let order = caught_at(&stack, &booking, "authorize_payment").await;
    let order = cancel(&stack, &order).await;
    is_cancelled(&stack, &order).await;
    let captures = stack.sandbox.calls(&order.order_id, CAPTURE_PAYMENT).await;
    assert_eq!(captures, 0, "no step starts after a cancel");
    let saga = stack.saga(&order.saga_id).await;
    let asked: Vec<_> = saga
        .history
        .iter()
        .filter(|line| line.event == "cancel_requested")
        .map(|line| (line.detail.as_str(), line.actor.as_str()))
        .collect();
    assert_eq!(asked, [("the buyer is ill", "anonymous")]);
    // Cancelling a cancelled order returns it unchanged.
    assert_eq!(cancel(&stack, &order).await, order);
}

async fn a_booking_that_waits_for_its_buyer_is_cancelled(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    let order = cancel(&stack, &order).await;
    is_cancelled(&stack, &order).await;
}

async fn a_cancel_meets_every_step_whose_outcome_is_unknown(backend: Backend) {
    let stack = Setup::on(backend)
        .with("STEP_DEADLINE", "600ms")
        .start()
        .await;
    for (method, step) in [
        (HOLD_SEATS, "hold_seats"),
        (AUTHORIZE_PAYMENT, "authorize_payment"),
        (CONFIRM_BOOKING, "confirm_booking"),
        (CAPTURE_PAYMENT, "capture_payment"),
    ] {
        stack.sandbox.reset().await;
        stack
            .sandbox
            .delay(method, 1, Duration::from_millis(1_000))
            .await;
        let order = caught_at(&stack, &Booking::new(), step).await;
        let order = cancel(&stack, &order).await;
        is_cancelled(&stack, &order).await;
    }
}

async fn a_capture_that_is_pending_is_settled_first(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_capture_pending");
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::Pending, "{order:?}");
    let mut impatient = request(&order);
    impatient.wait = Some(prost_types::Duration {
        seconds: 1,
        nanos: 0,
    });
    let asked = stack.orders().cancel_order(impatient).await;
    let asked = asked.expect("a cancel is answered").into_inner();
    assert_eq!(asked.state(), OrderState::Cancelling, "{asked:?}");
    let payment_id = asked.payment.map(|payment| payment.payment_id);
    let payment_id = payment_id.expect("the payment has an id");
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Succeed)
        .await;
    let order = stack.becomes(&order.order_id, OrderState::Cancelled).await;
    is_cancelled(&stack, &order).await;
    assert_eq!(
        promises::amount(order.refunded.as_ref()),
        promises::amount(order.total.as_ref())
    );
    let saga = stack.saga(&order.saga_id).await;
    assert_eq!(saga.state(), SagaState::Completed, "{saga:?}");
    let next = stack.sagas_of(&order.order_id, "cancel_order").await;
    let begun = stack.saga(&next[0].saga_id).await;
    assert_eq!(begun.history[0].event, "saga_started");
    assert_eq!(begun.history[0].actor, "system");
}

async fn an_undo_survives_lost_replies(backend: Backend) {
    let stack = Stack::on(backend).await;
    for method in [payment("VoidPayment"), inventory("ReleaseHold")] {
        stack.sandbox.reset().await;
        stack.sandbox.fault(method, FaultKind::LoseReply, 2).await;
        let order = stack
            .book(&Booking::new().with_token("tok_requires_action"))
            .await;
        let order = cancel(&stack, &order).await;
        is_cancelled(&stack, &order).await;
    }
}

async fn two_concurrent_cancels_have_one_effect(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_slow_1000");
    let order = caught_at(&stack, &booking, "authorize_payment").await;
    let (first, second) = tokio::join!(cancel(&stack, &order), cancel(&stack, &order));
    is_cancelled(&stack, &first).await;
    assert_eq!(first, second);
    let saga = stack.saga(&order.saga_id).await;
    let asked = saga
        .history
        .iter()
        .filter(|line| line.event == "cancel_requested");
    assert_eq!(asked.count(), 1, "{:?}", saga.history);
}

async fn a_cancel_is_replayed_under_its_key(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let order = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
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
}

async fn a_cancel_in_a_wrong_state_is_refused(backend: Backend) {
    let stack = Stack::on(backend).await;
    let refused = async |request: CancelOrderRequest| -> Status {
        let answer = stack.orders().cancel_order(request).await;
        answer.expect_err("the cancel is refused")
    };
    let reason = |status: &Status| {
        let info = status.get_details_error_info();
        (status.code(), info.map(|info| info.reason))
    };
    let failed = stack.book(&Booking::new().with_token("tok_declined")).await;
    assert_eq!(
        reason(&refused(request(&failed)).await),
        (
            Code::FailedPrecondition,
            Some("ORDER_STATE_INVALID".to_owned())
        )
    );
    let waiting = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
    let stale = CancelOrderRequest {
        etag: "v0".to_owned(),
        ..request(&waiting)
    };
    assert_eq!(
        reason(&refused(stale).await),
        (Code::Aborted, Some("ETAG_MISMATCH".to_owned()))
    );
    let unknown = CancelOrderRequest {
        order_id: "0190a5d6-7c2b-7000-8000-0123456789ab".to_owned(),
        ..request(&waiting)
    };
    assert_eq!(
        reason(&refused(unknown).await),
        (Code::NotFound, Some("ORDER_NOT_FOUND".to_owned()))
    );
    assert_eq!(stack.order(&waiting.order_id).await, waiting);
    assert_eq!(stack.order(&failed.order_id).await, failed);
}
