//! Webhooks: authenticated by their signature, treated as hints, and recorded once per id.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use order_proto::google::api::HttpBody;
use order_proto::order::v1::payment_webhook_service_client::PaymentWebhookServiceClient;
use order_proto::order::v1::{Order, OrderState, SagaEvent, SagaState};
use order_proto::sandbox::v1::CompletionOutcome;
use order_tests::sandbox::{AUTHORIZE_PAYMENT, payment};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Reply, Setup, Stack, on_both_backends};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tonic::{Code, Request};

on_both_backends!(
    a_webhook_without_a_valid_signature_is_refused,
    without_a_secret_the_route_is_closed,
    a_confirmed_payment_reaches_the_order_by_webhook,
    a_webhook_makes_a_waiting_saga_query_and_changes_no_state,
    a_repeated_webhook_is_recorded_once,
    a_webhook_that_contradicts_its_order_is_a_mismatch,
    a_webhook_that_comes_before_the_wait_is_not_lost,
    a_webhook_without_a_waiting_saga_is_recorded,
    an_invalid_event_is_refused_and_an_unknown_kind_is_accepted,
);

const ROUTE: &str = "/v1/webhooks/payment";

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let secs = now.expect("the clock is after 1970").as_secs();
    i64::try_from(secs).expect("the time fits")
}

fn secret(stack: &Stack) -> Webhook {
    let mut settings = stack.settings().iter();
    let secret = settings.find(|(name, _)| name == "WEBHOOK_SECRET");
    Webhook::new(&secret.expect("the stack sets the secret").1).expect("a valid secret")
}

/// An event about the order's payment, as a provider sends it.
fn event(kind: &str, order: &Order) -> Value {
    let total = order
        .total
        .as_ref()
        .map_or(5_000, |total| total.units * 100);
    let known = order.payment.as_ref().map(|payment| &payment.payment_id);
    let payment_id = known.filter(|id| !id.is_empty());
    json!({"type": kind, "data": {
        "payment_id": payment_id.map_or("pay-unknown", String::as_str),
        "order_id": order.order_id,
        "amount": total,
        "currency": "USD",
    }})
}

async fn post(stack: &Stack, id: &str, time: i64, signature: &str, body: &str) -> Reply {
    let api = stack.api();
    let request = api.request("POST", ROUTE).header("webhook-id", id);
    let request = request.header("webhook-timestamp", time);
    let request = request.header("webhook-signature", signature);
    api.send(request.body(body.to_owned())).await
}

/// Sends a webhook, signed with the stack's secret.
async fn send(stack: &Stack, id: &str, event: &Value) -> Reply {
    let (time, body) = (now(), event.to_string());
    let signature = secret(stack).sign(id, time, body.as_bytes());
    post(
        stack,
        id,
        time,
        &signature.expect("the body can be signed"),
        &body,
    )
    .await
}

async fn noted(stack: &Stack, saga_id: &str, event: &str) -> Vec<SagaEvent> {
    let history = stack.saga(saga_id).await.history;
    history
        .into_iter()
        .filter(|line| line.event == event)
        .collect()
}

async fn awaiting(stack: &Stack) -> Order {
    let order = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    order
}

async fn a_webhook_without_a_valid_signature_is_refused(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    let body = event("payment.captured", &order).to_string();
    let (key, time) = (secret(&stack), now());
    let sign = |time| {
        key.sign("w", time, body.as_bytes())
            .expect("the body can be signed")
    };
    let stranger = Webhook::new(&order_tests::settings::webhook_secret()).expect("a secret");
    let strange = stranger
        .sign("w", time, body.as_bytes())
        .expect("the body can be signed");
    let other_body = body.replace("captured", "failed");
    for (what, time, signature, body) in [
        ("a stranger's", time, strange, body.as_str()),
        ("of another body", time, sign(time), other_body.as_str()),
        ("too old", time - 360, sign(time - 360), body.as_str()),
        ("of tomorrow", time + 360, sign(time + 360), body.as_str()),
        ("none", time, String::new(), body.as_str()),
    ] {
        let reply = post(&stack, "w", time, &signature, body).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (401, "WEBHOOK_SIGNATURE_INVALID"),
            "{what}: {reply:?}"
        );
    }
    let unsigned = Request::new(HttpBody {
        data: body.into_bytes(),
        ..HttpBody::default()
    });
    let refused = PaymentWebhookServiceClient::new(stack.channel(0))
        .receive_payment_webhook(unsigned)
        .await;
    assert_eq!(refused.expect_err("unsigned").code(), Code::Unauthenticated);
    assert_eq!(stack.order(&order.order_id).await, order);
    let saga = stack.saga(&order.saga_id).await;
    let payload = saga
        .history
        .iter()
        .any(|line| line.event.starts_with("webhook"));
    assert!(!payload, "{saga:?}");
}

async fn without_a_secret_the_route_is_closed(backend: Backend) {
    let setup = Setup::on(backend).without_participants();
    let stack = setup.with("WEBHOOK_SECRET", "").start().await;
    for secret in [order_tests::settings::webhook_secret(), String::new()] {
        let key = Webhook::new(&secret).expect("the message decodes");
        let signature = key.sign("w", now(), b"{}").expect("the body can be signed");
        let reply = post(&stack, "w", now(), &signature, "{}").await;
        assert_eq!(reply.status, 401, "{reply:?}");
    }
}

async fn a_confirmed_payment_reaches_the_order_by_webhook(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    let payment_id = order
        .payment
        .as_ref()
        .expect("the order has a payment")
        .payment_id
        .clone();
    let succeed = CompletionOutcome::Succeed;
    stack.sandbox.complete(&payment_id, succeed).await;
    let order = stack.becomes(&order.order_id, OrderState::Confirmed).await;
    until("the provider's webhook to be recorded", SOON, async || {
        let lines = noted(&stack, &order.saga_id, "webhook_received").await;
        (lines.len() == 1).then_some(())
    })
    .await;
}

async fn a_webhook_makes_a_waiting_saga_query_and_changes_no_state(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    for (id, kind) in ["payment.captured", "payment.authorized", "payment.failed"]
        .iter()
        .enumerate()
    {
        let payload = event(kind, &order);
        assert_eq!(
            send(&stack, &format!("w-{id}"), &payload).await.ok(),
            json!({})
        );
        let looked = stack
            .sandbox
            .calls(&order.order_id, payment("GetPayment"))
            .await;
        until("the saga to query the payment", SOON, async || {
            let calls = stack
                .sandbox
                .calls(&order.order_id, payment("GetPayment"))
                .await;
            (calls > looked).then_some(())
        })
        .await;
    }
    let now = stack.order(&order.order_id).await;
    assert_eq!(now.state(), OrderState::AwaitingPayment, "{now:?}");
    let lines = noted(&stack, &order.saga_id, "webhook_received").await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines.iter().all(|line| line.actor == "payment"),
        "{lines:?}"
    );
}

async fn a_repeated_webhook_is_recorded_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    let payload = event("payment.authorized", &order);
    let at_once = (0..8).map(|_| send(&stack, "w-same", &payload));
    for reply in futures::future::join_all(at_once).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(send(&stack, "w-same", &payload).await.status, 200);
    let lines = noted(&stack, &order.saga_id, "webhook_received").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].detail, "payment.authorized w-same");
}

async fn a_webhook_that_contradicts_its_order_is_a_mismatch(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    let changes = [
        ("amount", json!(4_999)),
        ("currency", json!("EUR")),
        ("payment_id", json!("pay-x")),
    ];
    for (field, value) in changes {
        let mut payload = event("payment.captured", &order);
        payload["data"][field] = value;
        for _ in 0..2 {
            let reply = send(&stack, &format!("w-{field}"), &payload).await;
            assert_eq!(
                (reply.status, reply.reason().as_str()),
                (400, "PAYMENT_MISMATCH"),
                "{field}: {reply:?}"
            );
        }
    }
    let lines = noted(&stack, &order.saga_id, "webhook_mismatch").await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    let now = stack.order(&order.order_id).await;
    assert_eq!(now.state(), OrderState::AwaitingPayment, "{now:?}");

    let mut payload = event("payment.captured", &order);
    payload["data"]["order_id"] = json!("0190a5d6-7c2b-7000-8000-000000000000");
    let reply = send(&stack, "w-order", &payload).await;
    assert_eq!(reply.reason(), "PAYMENT_MISMATCH", "{reply:?}");
}

async fn a_webhook_that_comes_before_the_wait_is_not_lost(backend: Backend) {
    let stack = Stack::on(backend).await;
    let delay = Duration::from_secs(3);
    stack.sandbox.delay(AUTHORIZE_PAYMENT, 1, delay).await;
    let booking = Booking::new().with_token("tok_requires_action").waiting(0);
    let order = stack.book(&booking).await;
    stack.reaches(&order.saga_id, "authorize_payment").await;
    let payload = event("payment.authorized", &order);
    assert_eq!(send(&stack, "w-early", &payload).await.status, 200);
    stack
        .becomes(&order.order_id, OrderState::AwaitingPayment)
        .await;
    until("the saga to query the payment", SOON, async || {
        let calls = stack
            .sandbox
            .calls(&order.order_id, payment("GetPayment"))
            .await;
        (calls > 0).then_some(())
    })
    .await;
    let saga = stack.saga(&order.saga_id).await;
    let place = |event: &str| {
        let found = saga.history.iter().position(|line| line.event == event);
        found.unwrap_or_else(|| panic!("no {event} in {saga:?}"))
    };
    assert!(
        place("webhook_received") < place("step_waiting"),
        "{saga:?}"
    );
}

async fn a_webhook_without_a_waiting_saga_is_recorded(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    // The events arrive in reverse order.
    for kind in ["payment.captured", "payment.authorized"] {
        assert_eq!(send(&stack, kind, &event(kind, &order)).await.status, 200);
    }
    let saga = stack.saga(&order.saga_id).await;
    assert_eq!(saga.state(), SagaState::Completed, "{saga:?}");
    let lines = noted(&stack, &order.saga_id, "webhook_received").await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(stack.order(&order.order_id).await, order);
}

async fn an_invalid_event_is_refused_and_an_unknown_kind_is_accepted(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let mut payload = event("payment.captured", &order);
    payload["data"]["amount"] = json!("much");
    let reply = send(&stack, "w-bad", &payload).await;
    assert_eq!(reply.reason(), "VALIDATION_FAILED", "{reply:?}");
    assert_eq!(reply.fields(), ["data"], "{reply:?}");
    let unknown = event("payment.blessed", &order);
    assert_eq!(send(&stack, "w-new", &unknown).await.status, 200);
    assert_eq!(
        send(&stack, "w-ping", &json!({"type": "ping"}))
            .await
            .status,
        200
    );
    let lines = noted(&stack, &order.saga_id, "webhook_received").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
}
