//! Rows that another version of the service wrote: rows of an older version, rows that cannot be decoded, and rows of a
//! newer version. None of them blocks other sagas.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use order_proto::inventory::v1::HoldSeatsRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::order::v1::{
    ListSagasRequest, Order, OrderState, RetrySagaRequest, Saga, SagaState,
};
use order_proto::sandbox::v1::CompletionOutcome;
use order_tests::promises;
use order_tests::sandbox::participant_request;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use serde_json::Value;
use tonic::Code;
use tonic_types::StatusExt as _;

on_both_backends!(
    a_booking_stored_by_version_1_is_finished,
    an_unreadable_row_is_parked_and_can_be_repaired,
    an_unknown_plan_version_is_not_claimed_and_is_reported,
);

/// Rows as release 0.1.0 wrote them, in the step `authorize_payment` before its call.
const STORED: &str = include_str!("stored/book_tickets_v1.json");
/// The `DATA_KEY` with which the payment token in these rows is encrypted.
const DATA_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

async fn a_booking_stored_by_version_1_is_finished(backend: Backend) {
    let stack = Setup::on(backend).with("DATA_KEY", DATA_KEY).start().await;
    let stored: Value = serde_json::from_str(STORED).expect("valid JSON");
    let (order, saga) = (&stored["orders"], &stored["saga_instances"]);
    let order_id = text(&order["order_id"]);
    let held = hold(&stack, order_id, text(&saga["saga_id"])).await;
    // The sandbox decides the end of the hold; everything else is as it was written.
    for (table, row) in [("orders", order), ("saga_instances", saga)] {
        let mut row = row.as_object().expect("a row").clone();
        if table == "orders" {
            row.insert("expire_us".to_owned(), held.into());
        }
        stack.insert(table, &row).await;
    }
    let order = stack.becomes(order_id, OrderState::Confirmed).await;
    assert_eq!(order.metadata["table"], "7");
    promises::hold(&stack, order_id).await;
    let saga = stack.saga(text(&saga["saga_id"])).await;
    assert_eq!(
        (saga.state(), saga.definition_version),
        (SagaState::Completed, 1)
    );
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Holds the stored order's seats, and returns the end of the hold in microseconds.
async fn hold(stack: &Stack, order_id: &str, saga_id: &str) -> i64 {
    let request = HoldSeatsRequest {
        idempotency_key: format!("{saga_id}/hold_seats"),
        organization_id: "fixture".to_owned(),
        event_id: "ga-opera".to_owned(),
        user_id: "ann".to_owned(),
        order_id: order_id.to_owned(),
        seat_ids: vec!["A1".to_owned(), "A2".to_owned()],
        hold_duration: Some(prost_types::Duration {
            seconds: 900,
            nanos: 0,
        }),
        ..Default::default()
    };
    let key = request.idempotency_key.clone();
    let request = participant_request(request, &key);
    let mut inventory = InventoryServiceClient::new(stack.participants());
    let held = inventory
        .hold_seats(request)
        .await
        .expect("the seats are free");
    let end = held
        .into_inner()
        .expire_time
        .expect("the hold has an expire_time");
    end.seconds * 1_000_000 + i64::from(end.nanos) / 1_000
}

async fn waiting(stack: &Stack) -> Order {
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    order
}

async fn pays(stack: &Stack, order: &Order) {
    let payment_id = &order.payment.as_ref().expect("a payment").payment_id;
    let paid = CompletionOutcome::Succeed;
    stack.sandbox.complete(payment_id, paid).await;
}

async fn stuck(stack: &Stack, order: &Order) -> Vec<Saga> {
    let request = ListSagasRequest {
        organization_id: order.organization_id.clone(),
        stuck_only: true,
        ..Default::default()
    };
    let listed = stack.sagas().list_sagas(request).await;
    listed.expect("sagas are listed").into_inner().sagas
}

async fn others_go_on(stack: &Stack) {
    let other = stack.book(&Booking::new()).await;
    assert_eq!(other.state(), OrderState::Confirmed, "{other:?}");
}

async fn an_unreadable_row_is_parked_and_can_be_repaired(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = waiting(&stack).await;
    let named = format!("saga_id = {}", stack.id(&order.saga_id));
    let body = stack
        .read(&format!("SELECT body FROM saga_instances WHERE {named}"))
        .await;
    let damaged = "UPDATE saga_instances SET body = '{\"way\": \"SIDEWAYS\"}'";
    stack.sql(&format!("{damaged} WHERE {named}")).await;
    let saga = until("the saga to be parked", SOON, async || {
        let saga = stack.saga(&order.saga_id).await;
        (saga.state() == SagaState::NeedsAttention).then_some(saga)
    })
    .await;
    let failure = saga.failure.expect("the error has an ErrorInfo");
    assert_eq!(failure.reason, "UNREADABLE", "{failure:?}");
    assert_eq!(failure.next_moves, ["RetrySaga"]);
    let last = saga.history.last().expect("the history contains the event");
    assert_eq!(
        (last.event.as_str(), last.actor.as_str()),
        ("parked", "system")
    );
    let listed = stuck(&stack, &order).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].saga_id, order.saga_id);
    others_go_on(&stack).await;
    let retry = RetrySagaRequest {
        saga_id: order.saga_id.clone(),
        note: "repaired".to_owned(),
    };
    let refused = stack.sagas().retry_saga(retry.clone()).await;
    let status = refused.expect_err("the row is still unreadable");
    let info = status
        .get_details_error_info()
        .expect("the error has an ErrorInfo");
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::FailedPrecondition, "SAGA_STATE_INVALID")
    );
    // An operator repairs the row.
    let body = body.replace('\'', "''");
    let repair = format!("UPDATE saga_instances SET body = '{body}' WHERE {named}");
    stack.sql(&repair).await;
    let retried = stack.sagas().retry_saga(retry).await;
    retried.expect("the row can be read now");
    pays(&stack, &order).await;
    stack.becomes(&order.order_id, OrderState::Confirmed).await;
    promises::hold(&stack, &order.order_id).await;
}

async fn an_unknown_plan_version_is_not_claimed_and_is_reported(backend: Backend) {
    let stack = Setup::on(backend).with("LEASE", "1s").start().await;
    let order = waiting(&stack).await;
    let named = format!("saga_id = {}", stack.id(&order.saga_id));
    let version = async |number: i32| {
        let set = format!("UPDATE saga_instances SET definition_version = {number}");
        stack.sql(&format!("{set} WHERE {named}")).await;
    };
    version(99).await;
    let row = async || {
        let columns = "state || ' ' || version || ' ' || epoch || ' ' || due_us || body";
        let row = format!("SELECT {columns} FROM saga_instances WHERE {named}");
        stack.read(&row).await
    };
    // A replica may be processing the row. When the row is 2 s past its due time, no replica changes it any more.
    let past = until("the saga to be overdue", SOON, async || {
        let due = format!("SELECT CAST(due_us AS TEXT) FROM saga_instances WHERE {named}");
        let due: i64 = stack.read(&due).await.parse().expect("a number");
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.expect("the clock is after 1970").as_micros())
            .expect("the number fits");
        let is_past = now - due > 2_000_000;
        if is_past { Some(row().await) } else { None }
    })
    .await;
    pays(&stack, &order).await;
    others_go_on(&stack).await;
    // After 10 lease durations without a claim the saga is listed as stuck.
    let listed = until(
        "the saga to be reported",
        Duration::from_secs(60),
        async || {
            let listed = stuck(&stack, &order).await;
            (!listed.is_empty()).then_some(listed)
        },
    )
    .await;
    assert_eq!(listed[0].saga_id, order.saga_id);
    assert_eq!(listed[0].definition_version, 99);
    assert_eq!(row().await, past, "nothing is written");
    let retry = RetrySagaRequest {
        saga_id: order.saga_id.clone(),
        note: String::new(),
    };
    let refused = stack.sagas().retry_saga(retry).await;
    let status = refused.expect_err("this replica does not know it");
    assert!(status.message().contains("99"), "{status:?}");
    assert_eq!(row().await, past, "nothing is written");
    // The row's version becomes one that the service knows.
    version(1).await;
    stack.becomes(&order.order_id, OrderState::Confirmed).await;
    promises::hold(&stack, &order.order_id).await;
}
