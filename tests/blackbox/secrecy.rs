//! Secrets and contact data appear neither in logs nor in answers.

use order_proto::order::v1::OrderState;
use order_tests::{Backend, Booking, Setup, on_both_backends};

on_both_backends!(nothing_secret_is_logged, nothing_secret_is_answered);

const EMAIL: &str = "grace.hopper.4711@secret.example.test";

fn secret_booking(token: &str) -> Booking {
    let mut booking = Booking::new().with_token(token);
    EMAIL.clone_into(&mut booking.email);
    booking
}

async fn nothing_secret_is_logged(backend: Backend) {
    let stack = Setup::on(backend).with("RUST_LOG", "debug").start().await;
    let tokens = [
        "tok_slow_17",
        "tok_declined",
        "tok_capture_declined",
        "tok_lost_reply",
    ];
    let mut orders = Vec::new();
    for token in tokens {
        let body = secret_booking(token).json();
        let answer = stack.api().post("/v1/orders", &body).await;
        assert_eq!(answer.status, 200);
        let order_id = answer.json()["orderId"].as_str().map(str::to_owned);
        orders.push(order_id.expect("an order has an id"));
    }
    let mut wrong = secret_booking("tok_slow_17").json();
    wrong["tickets"] = serde_json::json!([]);
    assert_eq!(stack.api().post("/v1/orders", &wrong).await.status, 400);

    let mut secrets: Vec<String> = tokens.map(str::to_owned).into();
    secrets.push(EMAIL.to_owned());
    let kept = ["DATA_KEY", "WEBHOOK_SECRET"];
    secrets.extend(
        stack
            .settings()
            .iter()
            .filter(|(name, _)| kept.contains(&&**name))
            .map(|(_, value)| value.clone()),
    );
    assert_eq!(secrets.len(), 7);
    // Without this the log could be empty.
    let logs = stack.logs();
    for order_id in &orders {
        let is_logged = logs.iter().any(|(_, log)| log.contains(order_id.as_str()));
        assert!(is_logged, "the sagas of {order_id} are logged");
    }
    for (name, log) in logs {
        // The sandbox's log must contain no secret either.
        for secret in &secrets {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{name} holds {secret}: {line:?}");
        }
    }
}

async fn nothing_secret_is_answered(backend: Backend) {
    let stack = Setup::on(backend).start().await;
    let order = stack.book(&secret_booking("tok_capture_declined")).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    let api = stack.api();
    let shown = [
        api.get(&format!("/v1/orders/{}", order.order_id))
            .await
            .text(),
        api.get(&format!("/v1/sagas/{}", order.saga_id))
            .await
            .text(),
        api.get(&format!(
            "/v1/sagas?organization_id={}",
            order.organization_id
        ))
        .await
        .text(),
    ];
    for answer in &shown {
        assert!(!answer.contains("tok_capture_declined"), "{answer}");
    }
    // The buyer's own order contains the contact; the operators' view of the saga does not.
    assert!(shown[0].contains(EMAIL));
    assert!(
        !shown[1].contains(EMAIL) && !shown[2].contains(EMAIL),
        "{shown:?}"
    );
}
