//! Money that turns up on an order that has ended without a booking: a webhook tells, GetPayment decides, and it goes back.

use std::time::{SystemTime, UNIX_EPOCH};

use order_proto::google::r#type::Money;
use order_proto::order::v1::{Order, OrderState, PaymentState, SagaState};
use order_proto::payment::v1::{AuthorizePaymentRequest, CapturePaymentRequest, PaymentMethod};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::key;
use order_tests::promises::{self, amount};
use order_tests::sandbox::{REFUND_PAYMENT, payment};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Reply, Stack, on_both_backends};
use serde_json::json;
use standardwebhooks::Webhook;
use tonic::Request;

on_both_backends!(
    money_taken_for_a_failed_order_is_refunded,
    a_reservation_for_a_failed_order_is_voided,
    a_webhook_alone_moves_nothing,
);

const UNIT: i128 = 1_000_000_000;

fn usd(units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "USD".to_owned(),
        units,
        nanos: 0,
    })
}

/// An order that failed before anything was asked of the Payment service.
async fn failed(stack: &Stack) -> Order {
    let taken = Booking::new();
    assert_eq!(stack.book(&taken).await.state(), OrderState::Confirmed);
    let order = stack.book(&taken).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    order
}

/// A request as a participant takes it: its key in the metadata too, and a deadline.
fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request.set_timeout(SOON);
    request
}

/// Reserves money for the order behind the service's back.
async fn authorize(stack: &Stack, order: &Order) -> String {
    let key = key();
    let request = AuthorizePaymentRequest {
        order_id: order.order_id.clone(),
        organization_id: order.organization_id.clone(),
        amount: usd(50),
        payment_method: Some(PaymentMethod {
            r#type: "card".to_owned(),
            token: "tok_ok".to_owned(),
        }),
        idempotency_key: key.clone(),
        ..Default::default()
    };
    let request = keyed(request, &key);
    let answer = stack.sandbox.payments().authorize_payment(request).await;
    answer.expect("it is authorized").into_inner().payment_id
}

/// Takes it.
async fn capture(stack: &Stack, order: &Order, payment_id: &str) {
    let key = key();
    let request = CapturePaymentRequest {
        payment_id: payment_id.to_owned(),
        order_id: order.order_id.clone(),
        amount: usd(50),
        idempotency_key: key.clone(),
    };
    let request = keyed(request, &key);
    let answer = stack.sandbox.payments().capture_payment(request).await;
    answer.expect("it is captured");
}

/// Tells of it, signed as the stack's own provider signs.
async fn tell(stack: &Stack, id: &str, kind: &str, order: &Order, payment_id: &str) -> Reply {
    let body = json!({"type": kind, "data": {
        "payment_id": payment_id,
        "order_id": order.order_id,
        "amount": 5_000,
        "currency": "USD",
    }})
    .to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("it is after 1970").as_secs()).expect("it fits");
    let mut settings = stack.settings().iter();
    let secret = settings.find(|(name, _)| name == "WEBHOOK_SECRET");
    let secret = Webhook::new(&secret.expect("a stack has one").1).expect("it is a secret");
    let signature = secret.sign(id, now, body.as_bytes()).expect("it signs");
    let api = stack.api();
    let request = api.request("POST", "/v1/webhooks/payment");
    let request = request.header("webhook-id", id);
    let request = request.header("webhook-timestamp", now);
    let request = request.header("webhook-signature", signature);
    api.send(request.body(body)).await
}

/// Waits for the one saga that looks after the money.
async fn is_returned(stack: &Stack, order: &Order) -> Order {
    until("the saga return_payment to end", SOON, async || {
        let sagas = stack.sagas_of(&order.order_id, "return_payment").await;
        assert!(sagas.len() <= 1, "{sagas:?}");
        let done = |saga: &order_proto::order::v1::Saga| saga.state() == SagaState::Completed;
        sagas.iter().any(done).then_some(())
    })
    .await;
    let returned = promises::hold(stack, &order.order_id).await;
    assert_eq!(returned.state(), OrderState::Failed);
    assert_eq!(returned.failure, order.failure);
    returned
}

async fn money_taken_for_a_failed_order_is_refunded(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let payment_id = authorize(&stack, &order).await;
    capture(&stack, &order, &payment_id).await;
    stack
        .sandbox
        .fault(REFUND_PAYMENT, FaultKind::LoseReply, 2)
        .await;
    let id = key();
    for _ in 0..3 {
        let reply = tell(&stack, &id, "payment.captured", &order, &payment_id).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let order = is_returned(&stack, &order).await;
    assert_eq!(amount(order.captured.as_ref()), 50 * UNIT);
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT);
    let paid = order.payment.as_ref().expect("it is known");
    assert_eq!(paid.state(), PaymentState::Refunded);
    let totals = stack.sandbox.totals(&order.order_id).await;
    assert_eq!(amount(totals.orders[0].refunded.as_ref()), 50 * UNIT);
    // Told once more, under another name: what is known is not looked for again.
    let reply = tell(&stack, &key(), "payment.captured", &order, &payment_id).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    is_returned(&stack, &order).await;
}

async fn a_reservation_for_a_failed_order_is_voided(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let payment_id = authorize(&stack, &order).await;
    let reply = tell(&stack, &key(), "payment.authorized", &order, &payment_id).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let order = is_returned(&stack, &order).await;
    assert_eq!(order.refunds, []);
    let paid = order.payment.as_ref().expect("it is known");
    assert_eq!(paid.state(), PaymentState::Voided);
    let voids = stack.sandbox.calls(&order.order_id, payment("VoidPayment"));
    assert_eq!(voids.await, 1);
}

async fn a_webhook_alone_moves_nothing(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let reply = tell(&stack, &key(), "payment.captured", &order, "pay-none").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let after = is_returned(&stack, &order).await;
    assert_eq!(after, order);
}
