//! `order-service audit` reports every kind of disagreement with its id, and reports none on consistent data.

use std::collections::{BTreeMap, BTreeSet};

use order_proto::inventory::v1::CancelBookingRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::order::v1::{CancelOrderRequest, Order, OrderState};
use order_proto::payment::v1::RefundPaymentRequest;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::sandbox::v1::FaultKind;
use order_proto::subscription::v1::RecordUsageRequest;
use order_proto::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use order_tests::audit::{audit, found, is_clean};
use order_tests::booking::key;
use order_tests::database::Rows;
use order_tests::sandbox::{RECORD_USAGE, SEND_NOTIFICATION, participant_request};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Stack, on_both_backends, promises};
use sea_orm::Value;
use serde_json::Value as Json;
use tonic::Request;
use uuid::Uuid;

on_both_backends!(
    orders_in_every_final_state_have_no_finding,
    corrupted_rows_are_found,
    changes_made_directly_at_the_participants_are_found,
    data_lost_by_the_participants_is_found,
    open_orders_are_findings_only_when_they_are_overdue,
    usage_that_was_refused_for_good_is_a_finding,
    a_seat_of_two_orders_is_found,
    an_audit_is_paced_and_continues_where_another_stopped,
    only_orders_created_after_since_are_compared,
    an_audit_that_cannot_run_exits_with_2,
);

/// Books an order and waits until its usage and notification are delivered.
async fn delivered(stack: &Stack, booking: &Booking) -> Order {
    let order = stack.book(booking).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    let units = i64::try_from(booking.seat_ids.len()).expect("the count fits");
    promises::are_delivered(stack, &order, units).await;
    order
}

async fn orders_in_every_final_state_have_no_finding(backend: Backend) {
    let stack = Stack::on(backend).await;
    delivered(&stack, &Booking::new().with_seats(3)).await;
    for (token, state) in [
        ("tok_declined", OrderState::Failed),
        ("tok_capture_declined", OrderState::Failed),
        ("tok_lost_reply", OrderState::Confirmed),
    ] {
        let order = stack.book(&Booking::new().with_token(token)).await;
        assert_eq!(order.state(), state, "{order:?}");
    }
    let waiting = Booking::new().with_token("tok_requires_action");
    let waiting = stack.book(&waiting).await;
    let cancel = CancelOrderRequest {
        order_id: waiting.order_id.clone(),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(cancel).await;
    let cancelled = cancelled.expect("a cancel is answered").into_inner();
    assert_eq!(cancelled.state(), OrderState::Cancelled);
    let summary = is_clean(&stack).await;
    assert_eq!(summary["audited"], 5, "{summary}");

    let plain = audit(&stack, &[]).await;
    assert_eq!(plain.status.code(), Some(0));
    assert!(
        plain
            .stdout
            .starts_with("5 orders audited, 0 disagreements"),
        "{plain:?}"
    );
}

/// SQL statements that corrupt one order's rows, and the kinds of findings that the audit must report.
type Breakage = (&'static [&'static str], &'static [&'static str]);

const BREAKAGES: &[Breakage] = &[
    (
        &["UPDATE orders SET state = 'PENDING' WHERE order_id = $1"],
        &["inventory_seats", "order_unfinished"],
    ),
    (
        &["DELETE FROM saga_instances WHERE order_id = $1"],
        &["ledger_money", "order_saga", "usage_outbox"],
    ),
    (
        &["DELETE FROM orders WHERE order_id = $1"],
        &["order_missing"],
    ),
    (
        &["UPDATE orders SET body = '{}' WHERE order_id = $1"],
        &["order_unreadable"],
    ),
    (
        &[
            "UPDATE orders SET body = replace(body, '\"BOOKED\"', '\"CANCELLED\"') WHERE order_id = $1",
        ],
        &["inventory_seats", "order_tickets", "usage_outbox"],
    ),
    (
        &[
            "UPDATE orders SET body = replace(body, '\"captured\":{\"minor\":5000', '\"captured\":{\"minor\":4999') \
           WHERE order_id = $1",
        ],
        &["ledger_money", "order_money", "payment_money"],
    ),
    (
        &[
            "DELETE FROM ledger_entries WHERE order_id = $1 AND kind = 'capture' AND direction = 'CREDIT'",
        ],
        &["ledger_money", "ledger_unbalanced"],
    ),
    (
        &["DELETE FROM ledger_entries WHERE order_id = $1"],
        &["ledger_money"],
    ),
    (
        &["DELETE FROM outbox WHERE order_id = $1 AND kind = 'USAGE'"],
        &["usage_outbox"],
    ),
    (
        &["DELETE FROM outbox WHERE order_id = $1 AND kind = 'NOTIFICATION'"],
        &["notification_outbox", "notification_received"],
    ),
];

async fn corrupted_rows_are_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let untouched = delivered(&stack, &Booking::new()).await;
    let rows = Rows::of(stack.settings()).await;
    if rows.is_postgres() {
        // Triggers protect the ledger from updates on Postgres.
        let disarm = "ALTER TABLE ledger_entries DISABLE TRIGGER ALL";
        rows.change(disarm, Vec::new()).await;
    }
    let mut expected = BTreeMap::new();
    for (statements, kinds) in BREAKAGES {
        let order = delivered(&stack, &Booking::new()).await;
        let id = Uuid::parse_str(&order.order_id).expect("a valid UUID");
        for sql in *statements {
            assert!(rows.change(sql, vec![Value::from(id)]).await > 0, "{sql}");
        }
        let kinds: BTreeSet<String> = kinds.iter().map(ToString::to_string).collect();
        expected.insert(order.order_id, (order.organization_id, kinds));
    }
    let done = audit(&stack, &["--json"]).await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let (mut kinds, _) = found(&done);
    for (order_id, (organization_id, expected)) in expected {
        assert_eq!(kinds.remove(&order_id), Some(expected.clone()), "{done:?}");
        // The usage record has no delivery in the outbox any more, but the receiver has it.
        if expected.contains("usage_outbox") {
            kinds.remove(&organization_id);
        }
    }
    assert!(!kinds.contains_key(&untouched.order_id), "{done:?}");
    assert_eq!(kinds, BTreeMap::new(), "{done:?}");

    let plain = audit(&stack, &[]).await;
    assert_eq!(plain.status.code(), Some(1));
    let names_it = |line: &str| {
        ["ledger_unbalanced ", "order_id=", "expected ", "found "]
            .iter()
            .all(|part| line.contains(part))
    };
    assert!(plain.stdout.lines().any(names_it), "{plain:?}");
}

/// A request as a participant requires it, with the key that the message contains.
fn keyed<T>(message: T, key: fn(&T) -> &String) -> Request<T> {
    let key = key(&message).clone();
    participant_request(message, &key)
}

async fn changes_made_directly_at_the_participants_are_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let channel = stack.participants();
    let refunded = delivered(&stack, &Booking::new()).await;
    let refund = RefundPaymentRequest {
        payment_id: refunded
            .payment
            .clone()
            .expect("the order has a payment")
            .payment_id,
        order_id: refunded.order_id.clone(),
        refund_id: Uuid::now_v7().to_string(),
        amount: refunded.total.clone(),
        idempotency_key: key(),
    };
    let mut payment = PaymentServiceClient::new(channel.clone());
    let done = payment
        .refund_payment(keyed(refund, |r| &r.idempotency_key))
        .await;
    done.expect("the refund is accepted");
    let freed = delivered(&stack, &Booking::new()).await;
    let cancel = CancelBookingRequest {
        booking_id: freed.booking_id.clone(),
        order_id: freed.order_id.clone(),
        seat_ids: Vec::new(),
        idempotency_key: key(),
    };
    let mut inventory = InventoryServiceClient::new(channel.clone());
    let done = inventory
        .cancel_booking(keyed(cancel, |r| &r.idempotency_key))
        .await;
    done.expect("the cancel is accepted");
    let metered = delivered(&stack, &Booking::new()).await;
    let usage = RecordUsageRequest {
        organization_id: metered.organization_id.clone(),
        event_type: "ticket_sale".to_owned(),
        units: 3,
        idempotency_key: key(),
        occur_time: None,
    };
    let mut subscription = SubscriptionServiceClient::new(channel);
    let done = subscription
        .record_usage(keyed(usage, |r| &r.idempotency_key))
        .await;
    done.expect("the usage is recorded");

    let done = audit(&stack, &["--json"]).await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let only = |kind: &str| BTreeSet::from([kind.to_owned()]);
    let expected = BTreeMap::from([
        (refunded.order_id, only("payment_money")),
        (freed.order_id, only("inventory_seats")),
        (metered.organization_id, only("usage_received")),
    ]);
    assert_eq!(found(&done).0, expected, "{done:?}");
}

async fn data_lost_by_the_participants_is_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = delivered(&stack, &Booking::new()).await;
    is_clean(&stack).await;
    stack.sandbox.reset().await;
    let done = audit(&stack, &["--json"]).await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let (kinds, _) = found(&done);
    let forgotten = ["inventory_seats", "notification_received", "payment_money"];
    let forgotten: BTreeSet<String> = forgotten.map(str::to_owned).into();
    assert_eq!(kinds.get(&order.order_id), Some(&forgotten), "{done:?}");
    assert!(
        kinds.contains_key(&order.organization_id),
        "the usage is reported too"
    );
}

async fn open_orders_are_findings_only_when_they_are_overdue(backend: Backend) {
    let stack = Stack::on(backend).await;
    let rejects = FaultKind::Reject;
    stack.sandbox.fault(SEND_NOTIFICATION, rejects, 1).await;
    stack.book(&Booking::new()).await;
    let waiting = Booking::new().with_token("tok_requires_action");
    let waiting = stack.book(&waiting).await;
    assert_eq!(waiting.state(), OrderState::AwaitingPayment, "{waiting:?}");
    until("the notification to be dead", SOON, async || {
        let summary = is_clean(&stack).await;
        assert_eq!(
            (&summary["audited"], &summary["underWay"]),
            (&Json::from(1), &Json::from(1)),
            "{summary}"
        );
        (summary["deadDeliveries"] == 1).then_some(())
    })
    .await;
    let overdue = audit(&stack, &["--overdue", "0s", "--json"]).await;
    assert_eq!(overdue.status.code(), Some(1), "{overdue:?}");
    let kinds = BTreeSet::from(["order_overdue".to_owned()]);
    let expected = BTreeMap::from([(waiting.order_id.clone(), kinds)]);
    assert_eq!(found(&overdue).0, expected);
    let accepted = audit(&stack, &["--overdue", "0s", "--allow-open"]).await;
    assert_eq!(accepted.status.code(), Some(0), "{accepted:?}");
}

async fn usage_that_was_refused_for_good_is_a_finding(backend: Backend) {
    let stack = Stack::on(backend).await;
    let rejects = FaultKind::Reject;
    stack.sandbox.fault(RECORD_USAGE, rejects, 1).await;
    let order = stack.book(&Booking::new()).await;
    let kinds = BTreeSet::from(["usage_dead".to_owned()]);
    let expected = BTreeMap::from([(order.order_id.clone(), kinds)]);
    until("the usage to be dead", SOON, async || {
        let refused = audit(&stack, &["--json"]).await;
        (refused.status.code() == Some(1)).then(|| assert_eq!(found(&refused).0, expected))
    })
    .await;
}

async fn a_seat_of_two_orders_is_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new();
    let first = delivered(&stack, &booking).await;
    let second = stack.book(&booking.again()).await;
    let rows = Rows::of(stack.settings()).await;
    let id = Uuid::parse_str(&second.order_id).expect("a valid UUID");
    let (own, other) = (&second.tickets[0].seat_id, &first.tickets[0].seat_id);
    let moved = format!(
        "UPDATE orders SET body = replace(body, '\"seat_id\":\"{own}\"', '\"seat_id\":\"{other}\"') WHERE order_id = $1"
    );
    rows.change(&moved, vec![Value::from(id)]).await;
    let twice = audit(&stack, &["--json"]).await;
    let kinds = &found(&twice).0[&second.order_id];
    assert!(kinds.contains("seat_sold_twice"), "{twice:?}");
}

async fn an_audit_is_paced_and_continues_where_another_stopped(backend: Backend) {
    let stack = Stack::on(backend).await;
    let first = delivered(&stack, &Booking::new()).await;
    delivered(&stack, &Booking::new()).await;
    let began = std::time::Instant::now();
    let paced = audit(&stack, &["--pace", "1", "--json"]).await;
    assert_eq!(found(&paced).1["audited"], 2, "{paced:?}");
    assert!(began.elapsed() >= std::time::Duration::from_secs(2));
    let rest = audit(&stack, &["--after", &first.order_id, "--json"]).await;
    assert_eq!(found(&rest).1["audited"], 1, "{rest:?}");
    let misspelt = audit(&stack, &["--after", "the-last-one"]).await;
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt:?}");
}

async fn only_orders_created_after_since_are_compared(backend: Backend) {
    let stack = Stack::on(backend).await;
    let old = delivered(&stack, &Booking::new()).await;
    delivered(&stack, &Booking::new()).await;
    let rows = Rows::of(stack.settings()).await;
    let id = Uuid::parse_str(&old.order_id).expect("a valid UUID");
    let age = "UPDATE orders SET create_us = create_us - 7200000000, state = 'FAILED' WHERE order_id = $1";
    rows.change(age, vec![Value::from(id)]).await;
    assert_eq!(audit(&stack, &[]).await.status.code(), Some(1));
    let recent = audit(&stack, &["--since", "1h", "--json"]).await;
    assert_eq!(recent.status.code(), Some(0), "{recent:?}");
    assert_eq!(found(&recent).1["audited"], 1, "{recent:?}");
}

async fn an_audit_that_cannot_run_exits_with_2(backend: Backend) {
    let mut stack = Stack::on(backend).await;
    delivered(&stack, &Booking::new()).await;
    stack.kill_sandbox();
    let deaf = audit(&stack, &[]).await;
    assert_eq!(deaf.status.code(), Some(2), "{deaf:?}");
    assert_eq!(deaf.stderr.lines().count(), 1, "{deaf:?}");
    let misspelt = audit(&stack, &["--since", "yesterday"]).await;
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt:?}");
}
