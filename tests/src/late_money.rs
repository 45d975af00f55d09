//! Payments on orders that have ended: reserves and captures money directly at the Payment service, and sends the
//! webhook.
//!
//! Knows how a provider signs a webhook, and nothing of how the service reacts.

use std::time::{SystemTime, UNIX_EPOCH};

use order_proto::google::r#type::Money;
use order_proto::order::v1::{Order, OrderState};
use order_proto::payment::v1::{AuthorizePaymentRequest, CapturePaymentRequest, PaymentMethod};
use serde_json::json;
use standardwebhooks::Webhook;

use crate::booking::key;
use crate::sandbox::participant_request;
use crate::{Booking, Reply, Stack};

fn usd(units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "USD".to_owned(),
        units,
        nanos: 0,
    })
}

/// An order that failed before any call to the Payment service.
///
/// # Panics
/// When the order did not fail.
pub async fn failed(stack: &Stack) -> Order {
    let taken = Booking::new();
    assert_eq!(stack.book(&taken).await.state(), OrderState::Confirmed);
    let order = stack.book(&taken).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    order
}

/// Reserves 50 USD for the order by a direct call to the Payment service; returns the payment's id.
///
/// # Panics
/// When the call is refused.
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
    let request = participant_request(request, &key);
    let answer = stack.sandbox.payments().authorize_payment(request).await;
    answer
        .expect("the payment is authorized")
        .into_inner()
        .payment_id
}

/// Captures the 50 USD by a direct call to the Payment service.
///
/// # Panics
/// When the call is refused.
pub async fn capture(stack: &Stack, order: &Order, payment_id: &str) {
    let key = key();
    let request = CapturePaymentRequest {
        payment_id: payment_id.to_owned(),
        order_id: order.order_id.clone(),
        amount: usd(50),
        idempotency_key: key.clone(),
    };
    let request = participant_request(request, &key);
    let answer = stack.sandbox.payments().capture_payment(request).await;
    answer.expect("the payment is captured");
}

/// Sends a webhook about the payment, signed with the stack's `WEBHOOK_SECRET`.
///
/// # Panics
/// When the stack has no webhook secret.
pub async fn send_webhook(
    stack: &Stack,
    id: &str,
    kind: &str,
    order: &Order,
    payment_id: &str,
) -> Reply {
    let body = json!({"type": kind, "data": {
        "payment_id": payment_id,
        "order_id": order.order_id,
        "amount": 5_000,
        "currency": "USD",
    }})
    .to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("the clock is after 1970").as_secs())
        .expect("seconds fit in 64 bits");
    let mut settings = stack.settings().iter();
    let secret = settings.find(|(name, _)| name == "WEBHOOK_SECRET");
    let secret = Webhook::new(&secret.expect("the stack has a secret").1).expect("a valid secret");
    let signature = secret
        .sign(id, now, body.as_bytes())
        .expect("the body can be signed");
    let api = stack.api();
    let request = api.request("POST", "/v1/webhooks/payment");
    let request = request.header("webhook-id", id);
    let request = request.header("webhook-timestamp", now);
    let request = request.header("webhook-signature", signature);
    api.send(request.body(body)).await
}
