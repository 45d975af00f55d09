//! What a person meets in the first hour with the product, beside bookings: hints, a test webhook, a hold of one's own.

use order_proto::order::v1::OrderState;
use order_proto::sandbox::v1::MakeHoldRequest;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_tests::binary;
use order_tests::settings::{self, Settings, set};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Stack};
use serde_json::json;

/// Runs `order-service webhook` against the gateway of this stack.
async fn send_webhook(stack: &Stack, secret: &str, more: &[&str]) -> binary::Finished {
    let url = format!("{}/v1/webhooks/payment", stack.api().base());
    let args = [&["webhook", "--url", &url], more].concat();
    let mut settings = Settings::new();
    set(&mut settings, "WEBHOOK_SECRET", secret);
    binary::run(binary::SERVICE, &args, &settings, SOON).await
}

fn secret(stack: &Stack) -> String {
    let found = stack
        .settings()
        .iter()
        .find(|(name, _)| name == "WEBHOOK_SECRET");
    found
        .map(|(_, value)| value.clone())
        .expect("the stack has a secret")
}

#[tokio::test]
async fn the_test_webhook_is_accepted_and_a_refused_one_says_why_in_the_log() {
    let mut stack = Stack::on(Backend::Embedded).await;
    let order = stack.book(&Booking::new()).await;
    let payment_id = order
        .payment
        .as_ref()
        .map_or("", |payment| &payment.payment_id);
    let about = |amount: &'static str| {
        let order_id = order.order_id.clone();
        let payment_id = payment_id.to_owned();
        [
            "--type".to_owned(),
            "payment.captured".to_owned(),
            "--order-id".to_owned(),
            order_id,
            "--payment-id".to_owned(),
            payment_id,
            "--amount".to_owned(),
            amount.to_owned(),
        ]
    };
    let secret = secret(&stack);
    for (secret, amount, accepted, logged) in [
        (secret.clone(), "5000", true, None),
        (
            settings::webhook_secret(),
            "5000",
            false,
            Some("no secret of WEBHOOK_SECRET made the signature"),
        ),
        (
            secret.clone(),
            "1",
            false,
            Some("a payment webhook was refused"),
        ),
    ] {
        let about = about(amount);
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let done = send_webhook(&stack, &secret, &about).await;
        assert_eq!(done.status.success(), accepted, "{done:?}");
        if let Some(logged) = logged {
            let replica = stack.replica(0);
            until("the reason in the log", SOON, async || {
                replica.log().contains(logged).then_some(())
            })
            .await;
        }
    }
    let shown = stack.saga(&order.saga_id).await;
    let hints = shown
        .history
        .iter()
        .filter(|line| line.event == "webhook_received");
    assert_eq!(hints.count(), 1, "{shown:?}");
}

#[tokio::test]
async fn the_test_webhook_is_refused_without_a_secret() {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be created");
    let mut settings = Settings::new();
    set(
        &mut settings,
        "DATA_DIR",
        folder.path().join("data").display(),
    );
    let done = binary::run(binary::SERVICE, &["webhook"], &settings, SOON).await;
    assert!(!done.status.success(), "{done:?}");
    assert!(
        done.stderr.contains("WEBHOOK_SECRET must be set"),
        "{done:?}"
    );
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_key_under_the_wrong_name_earns_a_warning() {
    let stack = Stack::on(Backend::Embedded).await;
    let api = stack.api();
    let booked = |name: &'static str| {
        let request = api.request("POST", "/v1/orders");
        let body = Booking::new().json();
        api.send(request.header(name, "k-1").json(&body))
    };
    let warned = booked("X-Idempotency-Key").await;
    let warning = warned.header("warning").map(str::to_owned);
    assert_eq!(
        warning.as_deref(),
        Some("299 - \"x-idempotency-key is not read: send idempotency-key\"")
    );
    assert_eq!(warned.status, 200);
    let fine = booked("Idempotency-Key").await;
    assert_eq!(fine.header("warning"), None);
    assert_eq!(fine.status, 200);
    let request = api
        .request("POST", "/v1/orders")
        .header("X-Idempotency-Key", "k-2");
    let refused = api.send(request.json(&json!({}))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.header("warning").is_some(), "a refusal warns too");
}

#[tokio::test]
async fn the_sandbox_makes_a_hold_to_adopt_in_one_call() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new();
    let mut request = booking.proto();
    let asked = MakeHoldRequest {
        organization_id: request.organization_id.clone(),
        user_id: request.user_id.clone(),
        event_id: request.event_id.clone(),
        seat_ids: request
            .tickets
            .iter()
            .map(|ticket| ticket.seat_id.clone())
            .collect(),
        hold_duration: None,
    };
    let mut sandbox = SandboxServiceClient::new(stack.participants());
    let hold = sandbox.make_hold(asked).await.expect("the seats are free");
    let hold = hold.into_inner();
    assert!(
        hold.expire_time.is_some() && hold.seats.len() == 1,
        "{hold:?}"
    );
    request.hold_id.clone_from(&hold.hold_id);
    let order = stack.orders().create_order(request).await;
    let order = order.expect("an order is returned").into_inner();
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    assert_eq!(order.hold_id, hold.hold_id);
}
