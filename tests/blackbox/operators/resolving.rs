//! `ResolveSaga`: an operator has settled the saga outside the service, and it ends in a state that the participants
//! confirm.

use order_proto::inventory::v1::ReleaseHoldRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::order::v1::{Order, OrderState, RetrySagaRequest, SagaState};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::key;
use order_tests::promises;
use order_tests::sandbox::{CAPTURE_PAYMENT, Method, participant_request, payment};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::json;
use tonic::Request;

use super::{RELEASE_HOLD, acts, becomes, done, refused, resolve, stuck};

on_both_backends!(
    a_booking_resolved_to_confirmed_has_ledger_entries_and_deliveries,
    a_booking_is_resolved_only_to_the_participants_state,
    an_operator_request_takes_effect_once_per_key,
);

const VOID_PAYMENT: Method = payment("VoidPayment");

/// Books an order whose capture takes effect without an answer, and whose void is refused.
async fn captured_without_an_answer(stack: &Stack) -> Order {
    stack
        .sandbox
        .fault(CAPTURE_PAYMENT, FaultKind::LoseReply, 0)
        .await;
    stack
        .sandbox
        .fault(VOID_PAYMENT, FaultKind::Reject, 0)
        .await;
    let order = stack.book(&Booking::new().with_seats(2).waiting(0)).await;
    let saga = becomes(stack, &order.saga_id, SagaState::NeedsAttention).await;
    assert_eq!(saga.current_step, "capture_payment", "{saga:?}");
    stack.sandbox.clear_fault(CAPTURE_PAYMENT).await;
    stack.sandbox.clear_fault(VOID_PAYMENT).await;
    order
}

async fn a_booking_resolved_to_confirmed_has_ledger_entries_and_deliveries(backend: Backend) {
    let stack = Setup::on(backend).with("STEP_ATTEMPTS", 2).start().await;
    let order = captured_without_an_answer(&stack).await;
    for state in [OrderState::Failed, OrderState::Cancelled] {
        let why = refused(resolve(&stack, &order.saga_id, state).await);
        assert!(why.contains("BOOKED"), "{why}");
    }
    let saga = done(resolve(&stack, &order.saga_id, OrderState::Confirmed).await);
    assert_eq!(saga.state(), SagaState::Completed);
    assert_eq!(saga.failure, None);
    assert_eq!(
        acts(&saga),
        [("saga_resolved", "CONFIRMED: settled by phone", "olga")]
    );
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    promises::are_delivered(&stack, &order, 2).await;
    let books = stack
        .api()
        .get(&format!(
            "/v1/ledger/entries?organizationId={}&orderId={}",
            order.organization_id, order.order_id
        ))
        .await
        .ok();
    let kinds: Vec<&str> = books["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert!(
        kinds.contains(&"sale") && kinds.contains(&"capture"),
        "{kinds:?}"
    );
}

async fn a_booking_is_resolved_only_to_the_participants_state(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stuck(&stack).await;
    let why = refused(resolve(&stack, &order.saga_id, OrderState::Failed).await);
    assert!(why.contains("the seats are HELD still"), "{why}");
    let why = refused(resolve(&stack, &order.saga_id, OrderState::Confirmed).await);
    assert!(why.contains("not BOOKED"), "{why}");
    let after = stack.saga(&order.saga_id).await;
    assert!(acts(&after).is_empty(), "{after:?}");
    // An operator releases the hold at the participant.
    stack.sandbox.clear_fault(RELEASE_HOLD).await;
    let mut inventory = InventoryServiceClient::new(stack.participants());
    let release = ReleaseHoldRequest {
        idempotency_key: "by-hand".to_owned(),
        hold_id: String::new(),
        order_id: order.order_id.clone(),
        keep_hold: false,
    };
    let release = participant_request(release, "by-hand");
    let released = inventory.release_hold(release).await;
    released.expect("the hold is released by hand");
    let saga = done(resolve(&stack, &order.saga_id, OrderState::Failed).await);
    assert_eq!(saga.state(), SagaState::Compensated);
    assert_eq!(saga.current_step, "");
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(order.state(), OrderState::Failed);
    let reason = order.failure.expect("the error has an ErrorInfo").reason;
    assert_eq!(reason, "PAYMENT_DECLINED");
}

async fn an_operator_request_takes_effect_once_per_key(backend: Backend) {
    let stack = Setup::on(backend).with("STEP_ATTEMPTS", 2).start().await;
    let api = stack.api();
    let order = captured_without_an_answer(&stack).await;
    let path = format!("/v1/sagas/{}:resolve", order.saga_id);
    let key = key();
    let ask = |note: &str| {
        let body = json!({"note": note, "orderState": "ORDER_STATE_CONFIRMED"});
        let request = api.request("POST", &path).json(&body);
        let request = request.header("X-Actor", "olga");
        api.send(request.header("Idempotency-Key", &key))
    };
    let first = ask("by phone").await;
    assert_eq!(first.ok()["state"], "SAGA_STATE_COMPLETED");
    let history = first.json()["history"].clone();
    let by_olga = |line: &&serde_json::Value| line["actor"] == "olga";
    let lines = history.as_array().expect("a history").iter();
    assert_eq!(lines.filter(by_olga).count(), 1, "{history}");
    let second = ask("by phone").await;
    assert_eq!(second.body, first.body);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    let other = ask("by mail").await;
    assert_eq!(
        (other.status, other.reason().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED")
    );
    // An operator's call on a saga that changes meanwhile returns its newest state.
    let order = stuck(&stack).await;
    let key = order_tests::booking::key();
    let ask = async || {
        let mut request = Request::new(RetrySagaRequest {
            saga_id: order.saga_id.clone(),
            note: String::new(),
        });
        let value = key.parse().expect("ASCII");
        request.metadata_mut().insert("idempotency-key", value);
        stack
            .sagas()
            .retry_saga(request)
            .await
            .expect("the first call succeeds")
    };
    stack.sandbox.clear_fault(RELEASE_HOLD).await;
    ask().await;
    becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    let again = ask().await;
    let replayed = again.metadata().get("idempotent-replayed").cloned();
    assert_eq!(replayed.expect("the answer is a replay"), "true");
    let saga = again.into_inner();
    assert_eq!(saga.state(), SagaState::Compensated);
    let retries = saga.history.iter();
    let retries: Vec<_> = retries
        .filter(|line| line.event == "retry_requested")
        .map(|line| line.actor.as_str())
        .collect();
    assert_eq!(retries, ["anonymous"], "{:?}", saga.history);
}
