//! The operators' rpcs on sagas: which are accepted, which are refused, and what the history records.

mod resolving;

use std::time::Duration;

use order_proto::order::v1::{
    CancelOrderRequest, CompensateSagaRequest, ListSagasRequest, Order, OrderState, Saga, SagaState,
};
use order_proto::sandbox::v1::FaultKind;
use order_tests::operator::{Answer, becomes, by, done, refused, resolve, retry};
use order_tests::promises;
use order_tests::sandbox::{CONFIRM_BOOKING, Method, REFUND_PAYMENT, inventory};
use order_tests::wait::until;
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

on_both_backends!(
    a_refused_undo_needs_an_operator_and_is_retried,
    an_unanswered_undo_is_retried_automatically_and_by_an_operator,
    a_step_that_backs_off_is_retried_at_once,
    a_booking_that_backs_off_is_compensated,
    a_booking_that_waits_for_its_buyer_is_compensated,
    a_capture_that_was_sent_bars_compensation,
    a_cancel_that_is_past_its_pivot_only_goes_forward,
    a_saga_that_has_ended_cannot_be_changed,
    one_of_two_concurrent_operators_wins,
    an_invalid_operator_request_is_refused,
    a_cancel_makes_a_saga_that_backs_off_due,
);

const RELEASE_HOLD: Method = inventory("ReleaseHold");

async fn compensate(stack: &Stack, saga_id: &str) -> Answer {
    let request = CompensateSagaRequest {
        saga_id: saga_id.to_owned(),
        note: "the event is off".to_owned(),
    };
    stack.sagas().compensate_saga(by("olga", request)).await
}

/// The operators' events in the history: event, detail, actor.
fn acts(saga: &Saga) -> Vec<(&str, &str, &str)> {
    let by_hand = saga.history.iter().filter(|line| line.actor == "olga");
    by_hand
        .map(|line| (&*line.event, &*line.detail, &*line.actor))
        .collect()
}

/// Books an order whose payment is declined and whose `ReleaseHold` is refused.
async fn stuck(stack: &Stack) -> Order {
    stack
        .sandbox
        .fault(RELEASE_HOLD, FaultKind::Reject, 0)
        .await;
    let booking = Booking::new().with_token("tok_declined").waiting(0);
    let order = stack.book(&booking).await;
    becomes(stack, &order.saga_id, SagaState::NeedsAttention).await;
    order
}

async fn a_refused_undo_needs_an_operator_and_is_retried(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stuck(&stack).await;
    let saga = stack.saga(&order.saga_id).await;
    let failure = saga.failure.clone().expect("the saga has a failure");
    assert_eq!(failure.reason, "COMPENSATION_REFUSED", "{failure:?}");
    assert!(failure.message.contains("PAYMENT_DECLINED"), "{failure:?}");
    assert_eq!(failure.next_moves, ["RetrySaga", "ResolveSaga"]);
    assert_eq!(saga.current_step, "hold_seats");
    assert_eq!(
        saga.next_attempt_time, None,
        "a refused undo is not retried automatically"
    );
    stack.sandbox.clear_fault(RELEASE_HOLD).await;
    let saga = done(retry(&stack, &order.saga_id).await);
    assert_eq!(
        acts(&saga),
        [("retry_requested", "the participant is back", "olga")]
    );
    let saga = becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    let failure = saga.failure.expect("the saga has a failure");
    assert_eq!(failure.reason, "PAYMENT_DECLINED");
    assert_eq!(failure.next_moves, [""; 0]);
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Failed);
}

async fn an_unanswered_undo_is_retried_automatically_and_by_an_operator(backend: Backend) {
    let setup = Setup::on(backend).with("COMPENSATION_ATTEMPTS", 2);
    let stack = setup.start().await;
    stack
        .sandbox
        .fault(RELEASE_HOLD, FaultKind::FailBefore, 0)
        .await;
    let booking = Booking::new().with_token("tok_declined").waiting(0);
    let order = stack.book(&booking).await;
    let saga = becomes(&stack, &order.saga_id, SagaState::NeedsAttention).await;
    let failure = saga.failure.clone().expect("the saga has a failure");
    assert_eq!(failure.reason, "COMPENSATION_UNKNOWN", "{failure:?}");
    let next = saga.next_attempt_time.expect("a next attempt is scheduled");
    let last = saga.update_time.expect("the saga has the time");
    let pause = next.seconds - last.seconds;
    assert!((899..=901).contains(&pause), "in {pause} s");
    stack.sandbox.clear_fault(RELEASE_HOLD).await;
    done(retry(&stack, &order.saga_id).await);
    becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    promises::hold(&stack, &order.order_id).await;
}

/// Books an order whose `ConfirmBooking` fails and whose next attempt is at least 3 s away.
async fn backing_off(stack: &Stack) -> (Order, Saga) {
    stack
        .sandbox
        .fault(CONFIRM_BOOKING, FaultKind::FailBefore, 0)
        .await;
    let order = stack.book(&Booking::new().waiting(0)).await;
    let what = "a long backoff";
    let saga = until(what, Duration::from_secs(120), async || {
        let saga = stack.saga(&order.saga_id).await;
        let (next, last) = (saga.next_attempt_time?, saga.update_time?);
        let is_long = next.seconds - last.seconds >= 3;
        (is_long && saga.current_step == "confirm_booking").then_some(saga)
    })
    .await;
    (order, saga)
}

/// The time of the first such event, in microseconds.
fn time_of(saga: &Saga, event: &str) -> i64 {
    let line = saga.history.iter().find(|line| line.event == event);
    let time = line
        .and_then(|line| line.time)
        .expect("the history contains the event");
    time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000
}

async fn patient(backend: Backend) -> Stack {
    Setup::on(backend)
        .with("STEP_ATTEMPTS", 1_000)
        .start()
        .await
}

async fn a_step_that_backs_off_is_retried_at_once(backend: Backend) {
    let stack = patient(backend).await;
    let (order, saga) = backing_off(&stack).await;
    let attempts = saga.steps[2].attempts;
    assert!(attempts > 4, "{saga:?}");
    stack.sandbox.clear_fault(CONFIRM_BOOKING).await;
    let saga = done(retry(&stack, &order.saga_id).await);
    assert_eq!(saga.steps[2].attempts, 1, "its attempts are counted from 0");
    becomes(&stack, &order.saga_id, SagaState::Completed).await;
    promises::hold(&stack, &order.order_id).await;
}

async fn a_booking_that_backs_off_is_compensated(backend: Backend) {
    let stack = patient(backend).await;
    let (order, before) = backing_off(&stack).await;
    let saga = done(compensate(&stack, &order.saga_id).await);
    assert_eq!(
        acts(&saga),
        [("compensation_requested", "the event is off", "olga")]
    );
    let saga = becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    let next = before
        .next_attempt_time
        .expect("the saga backs off")
        .seconds;
    assert!(
        time_of(&saga, "compensation_started") < next * 1_000_000,
        "the saga was made due: {:?}",
        saga.history
    );
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    let failure = order.failure.expect("the error has an ErrorInfo");
    assert_eq!(failure.reason, "CANCELLED_BY_OPERATOR");
    assert!(!failure.message.contains("the event is off"), "{failure:?}");
}

async fn a_booking_that_waits_for_its_buyer_is_compensated(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    done(compensate(&stack, &order.saga_id).await);
    let saga = becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    assert_eq!(acts(&saga).len(), 1);
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
}

async fn a_capture_that_was_sent_bars_compensation(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_capture_pending");
    let order = stack.book(&booking).await;
    let before = becomes(&stack, &order.saga_id, SagaState::Waiting).await;
    let why = refused(compensate(&stack, &order.saga_id).await);
    assert!(why.contains("capture_payment"), "{why}");
    let after = stack.saga(&order.saga_id).await;
    assert!(acts(&after).is_empty(), "{after:?}");
    assert_eq!(after.current_step, before.current_step);
}

async fn a_cancel_that_is_past_its_pivot_only_goes_forward(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    stack
        .sandbox
        .fault(REFUND_PAYMENT, FaultKind::FailBefore, 0)
        .await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        wait: Some(prost_types::Duration::default()),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(cancel).await;
    cancelled.expect("the cancel begins");
    let of_order = ListSagasRequest {
        order_id: order.order_id.clone(),
        kind: "cancel_order".to_owned(),
        ..Default::default()
    };
    let found = stack.sagas().list_sagas(of_order).await;
    let found = found.expect("sagas are listed").into_inner().sagas;
    stack.reaches(&found[0].saga_id, "refund_payment").await;
    let why = refused(compensate(&stack, &found[0].saga_id).await);
    assert!(why.contains("past its pivot"), "{why}");
    stack.sandbox.clear_fault(REFUND_PAYMENT).await;
    stack.becomes(&order.order_id, OrderState::Cancelled).await;
    promises::hold(&stack, &order.order_id).await;
}

async fn a_saga_that_has_ended_cannot_be_changed(backend: Backend) {
    let stack = Stack::on(backend).await;
    for (token, state) in [("tok_ok", "COMPLETED"), ("tok_declined", "COMPENSATED")] {
        let order = stack.book(&Booking::new().with_token(token)).await;
        let before = stack.saga(&order.saga_id).await;
        for answer in [
            retry(&stack, &order.saga_id).await,
            compensate(&stack, &order.saga_id).await,
            resolve(&stack, &order.saga_id, OrderState::Cancelled).await,
        ] {
            let why = refused(answer);
            assert!(why.contains(state), "{why}");
        }
        assert_eq!(stack.saga(&order.saga_id).await, before);
    }
}

async fn one_of_two_concurrent_operators_wins(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stuck(&stack).await;
    stack.sandbox.clear_fault(RELEASE_HOLD).await;
    let both = tokio::join!(retry(&stack, &order.saga_id), retry(&stack, &order.saga_id));
    let (won, lost) = match both {
        (Ok(won), lost) => (won, lost),
        (lost, Ok(won)) => (won, lost),
        neither => panic!("{neither:?}"),
    };
    assert_eq!(acts(&won.into_inner()).len(), 1);
    refused(lost);
    let saga = becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    assert_eq!(acts(&saga).len(), 1, "{:?}", saga.history);
}

async fn an_invalid_operator_request_is_refused(backend: Backend) {
    let stack = Stack::on(backend).await;
    let missing = "0190a5d6-7c2b-7000-8000-000000000000";
    for answer in [
        retry(&stack, missing).await,
        compensate(&stack, missing).await,
        resolve(&stack, missing, OrderState::Failed).await,
    ] {
        let status = answer.expect_err("there is none");
        let info = status
            .get_details_error_info()
            .expect("the error has an ErrorInfo");
        assert_eq!(
            (status.code(), info.reason.as_str()),
            (Code::NotFound, "SAGA_NOT_FOUND")
        );
    }
    let api = stack.api();
    let order = stuck(&stack).await;
    let path = format!("/v1/sagas/{}:resolve", order.saga_id);
    for (body, field) in [
        (json!({"orderState": "ORDER_STATE_FAILED"}), "note"),
        (json!({"note": "x"}), "orderState"),
        (
            json!({"note": "x", "orderState": "ORDER_STATE_EXPIRED"}),
            "orderState",
        ),
        (
            json!({"note": "\u{0}", "orderState": "ORDER_STATE_FAILED"}),
            "note",
        ),
    ] {
        let reply = api.post(&path, &body).await;
        assert_eq!(
            (reply.status, reply.fields()),
            (400, vec![field.to_owned()]),
            "{body}"
        );
    }
    let reply = api.post("/v1/sagas/x:retry", &json!({})).await;
    assert_eq!(
        (reply.status, reply.fields()),
        (400, vec!["sagaId".to_owned()])
    );
    // A saga that waits for its buyer can be neither retried nor resolved.
    let booking = Booking::new().with_token("tok_requires_action");
    let waiting = stack.book(&booking).await;
    let why = refused(resolve(&stack, &waiting.saga_id, OrderState::Failed).await);
    assert!(why.contains("WAITING"), "{why}");
}

async fn a_cancel_makes_a_saga_that_backs_off_due(backend: Backend) {
    let replicas = if backend == Backend::Production { 2 } else { 1 };
    let setup = Setup::on(backend)
        .replicas(replicas)
        .with("STEP_ATTEMPTS", 1_000);
    let stack = setup.start().await;
    let (order, before) = backing_off(&stack).await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        wait: Some(prost_types::Duration {
            seconds: 30,
            nanos: 0,
        }),
        ..Default::default()
    };
    // With two replicas, calls the one that does not drive the saga.
    let channel = stack.channel(replicas - 1);
    let mut orders = order_proto::order::v1::order_service_client::OrderServiceClient::new(channel);
    let cancelled = orders
        .cancel_order(cancel)
        .await
        .expect("the cancel is accepted");
    assert_eq!(cancelled.into_inner().state(), OrderState::Cancelled);
    let saga = stack.saga(&order.saga_id).await;
    let next = before
        .next_attempt_time
        .expect("the saga backs off")
        .seconds;
    assert!(
        time_of(&saga, "compensation_started") < next * 1_000_000,
        "the saga was made due: {:?}",
        saga.history
    );
}
