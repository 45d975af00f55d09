//! The format of idempotency keys, and the requests on which they have an effect.

use order_tests::booking::key;
use order_tests::{Backend, Booking, Reply, Setup, Stack, on_both_backends};
use reqwest::header::HeaderValue;

on_both_backends!(
    a_malformed_key_is_refused_and_nothing_is_begun,
    a_quoted_key_equals_the_bare_one,
    a_key_of_255_characters_is_taken,
    a_key_on_a_read_is_ignored,
    a_refused_request_leaves_its_key_free,
    a_key_is_required_when_configured,
);

/// Sends a booking with exactly these `Idempotency-Key` headers.
async fn create_with(stack: &Stack, keys: &[&[u8]], booking: &Booking) -> Reply {
    let api = stack.api();
    let mut request = api.request("POST", "/v1/orders").json(&booking.json());
    for key in keys {
        let value = HeaderValue::from_bytes(key).expect("a valid header value");
        request = request.header("Idempotency-Key", value);
    }
    api.send(request).await
}

async fn a_malformed_key_is_refused_and_nothing_is_begun(backend: Backend) {
    let stack = Stack::on(backend).await;
    let long = "k".repeat(256);
    let cases: [&[&[u8]]; 7] = [
        &[b""],
        &[b"two words"],
        &[long.as_bytes()],
        &["schl\u{fc}ssel".as_bytes()],
        &[b"\"\""],
        &[b"one", b"two"],
        &[b"same", b"same"],
    ];
    for keys in cases {
        let reply = create_with(&stack, keys, &Booking::new()).await;
        let found = (reply.status, reply.reason());
        assert_eq!(
            found,
            (400, "IDEMPOTENCY_KEY_INVALID".to_owned()),
            "{keys:?}: {reply:?}"
        );
    }
    assert!(stack.sandbox.journal("").await.is_empty());
}

async fn a_quoted_key_equals_the_bare_one(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    let first = create_with(&stack, &[key.as_bytes()], &booking).await;
    assert_eq!(first.status, 200, "{first:?}");
    let quoted = format!("\"{key}\"");
    let second = create_with(&stack, &[quoted.as_bytes()], &booking).await;
    assert_eq!(
        second.header("idempotent-replayed"),
        Some("true"),
        "{second:?}"
    );
    assert_eq!(second.body, first.body);
}

async fn a_key_of_255_characters_is_taken(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = ("~".repeat(255), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await;
    assert_eq!(first.status, 200, "{first:?}");
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(second.body, first.body);
}

async fn a_key_on_a_read_is_ignored(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let api = stack.api();
    for _ in 0..2 {
        let path = format!("/v1/orders/{}", order.order_id);
        let reply = api
            .send(
                api.request("GET", &path)
                    .header("Idempotency-Key", "not a key"),
            )
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("idempotent-replayed"), None);
    }
}

async fn a_refused_request_leaves_its_key_free(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (key, booking) = (key(), Booking::new());
    let mut wrong = booking.json();
    wrong["tickets"] = serde_json::json!([]);
    let refused = stack.api().create(&key, &wrong).await;
    assert_eq!(
        (refused.status, refused.reason().as_str()),
        (400, "VALIDATION_FAILED"),
        "{refused:?}"
    );
    let corrected = stack.api().create(&key, &booking.json()).await;
    assert_eq!(corrected.ok()["state"], "ORDER_STATE_CONFIRMED");
    assert_eq!(corrected.header("idempotent-replayed"), None);
}

async fn a_key_is_required_when_configured(backend: Backend) {
    let stack = Setup::on(backend)
        .with("IDEMPOTENCY_REQUIRED", true)
        .start()
        .await;
    let reply = stack.api().post("/v1/orders", &Booking::new().json()).await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (400, "IDEMPOTENCY_KEY_REQUIRED"),
        "{reply:?}"
    );
    let reply = stack.api().create(&key(), &Booking::new().json()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}
