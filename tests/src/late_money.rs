//! Money that turns up on an order that has ended: moved at the participants behind the service's back, and told of.
//!
//! Knows how a provider signs, and nothing of what the service makes of it.

use std::time::{SystemTime, UNIX_EPOCH};

use order_proto::google::r#type::Money;
use order_proto::order::v1::{Order, OrderState};
use order_proto::payment::v1::{AuthorizePaymentRequest, CapturePaymentRequest, PaymentMethod};
use serde_json::json;
use standardwebhooks::Webhook;

use crate::booking::key;
use crate::sandbox::acting;
use crate::{Booking, Reply, Stack};

fn usd(units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "USD".to_owned(),
        units,
        nanos: 0,
    })
}

/// An order that failed before anything was asked of the Payment service.
///
/// # Panics
/// When it did not fail.
pub async fn failed(stack: &Stack) -> Order {
    let taken = Booking::new();
    assert_eq!(stack.book(&taken).await.state(), OrderState::Confirmed);
    let order = stack.book(&taken).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    order
}

/// Reserves money for the order behind the service's back.
///
/// # Panics
/// When it is refused.
pub async fn authorize(stack: &Stack, order: &Order) -> String {
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
    let request = acting(request, &key);
    let answer = stack.sandbox.payments().authorize_payment(request).await;
    answer.expect("it is authorized").into_inner().payment_id
}

/// Takes it.
///
/// # Panics
/// When it is refused.
pub async fn capture(stack: &Stack, order: &Order, payment_id: &str) {
    let key = key();
    let request = CapturePaymentRequest {
        payment_id: payment_id.to_owned(),
        order_id: order.order_id.clone(),
        amount: usd(50),
        idempotency_key: key.clone(),
    };
    let request = acting(request, &key);
    let answer = stack.sandbox.payments().capture_payment(request).await;
    answer.expect("it is captured");
}

/// Tells of it, signed as the stack's own provider signs.
///
/// # Panics
/// When the stack has no webhook secret.
pub async fn tell(stack: &Stack, id: &str, kind: &str, order: &Order, payment_id: &str) -> Reply {
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
