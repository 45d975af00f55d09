//! JSON bodies and raw bodies, in both directions.

use order_proto::google::r#type::Money;
use serde_json::json;

use crate::stack::{Answer, Stack};

#[tokio::test]
async fn a_body_reaches_the_service_and_the_answer_is_canonical_json() {
    let stack = Stack::start().await;
    let body = json!({
        "organizationId": "acme",
        "user_id": "u-1",
        "tickets": [{"seatId": "A1", "holderName": "Zoë"}, {"seat_id": "A2"}],
        "expectedTotal": {"currencyCode": "USD", "units": "9007199254740993", "nanos": 5},
        "metadata": {"k": "v"},
        "wait": "1.500s",
    });
    let answer = stack.post("/v1/orders", &body.to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["idempotent-replayed"], "true");
    assert_eq!(
        answer.json,
        json!({
            "orderId": "o-1",
            "organizationId": "acme",
            "total": {"currencyCode": "USD", "units": "9007199254740993", "nanos": 5},
            "metadata": {"k": "v"},
        })
    );
    let create = stack.backend.arrived().create.expect("it arrived");
    assert_eq!(create.user_id, "u-1");
    assert_eq!(create.tickets.len(), 2);
    assert_eq!(create.tickets[0].holder_name, "Zoë");
    assert_eq!(
        create.expected_total,
        Some(Money {
            currency_code: "USD".to_owned(),
            units: 9_007_199_254_740_993,
            nanos: 5,
        })
    );
    let wait = create.wait.expect("it was given");
    assert_eq!((wait.seconds, wait.nanos), (1, 500_000_000));
}

#[tokio::test]
async fn a_fault_in_a_body_is_named_by_its_json_path() {
    let stack = Stack::start().await;
    for (body, field) in [
        (r#"{"organisationId": "acme"}"#, "organisationId"),
        (r#"{"tickets": [{}, {"seatNo": 1}]}"#, "tickets[1].seatNo"),
        (r#"{"tickets": [{"seat_id": 7}]}"#, "tickets[0].seatId"),
        (r#"{"userId": "a", "user_id": "b"}"#, "userId"),
        (r#"{"metadata": {"a": 1}}"#, "metadata[\"a\"]"),
        (r#"{"wait": "10"}"#, "wait"),
        (
            r#"{"expectedTotal": {"units": "1.5"}}"#,
            "expectedTotal.units",
        ),
        (r#"{"userId": "\ud800"}"#, "userId"),
    ] {
        let answer = stack.post("/v1/orders", body).await;
        answer.is_refusal(400, "VALIDATION_FAILED");
        assert_eq!(answer.field(), field, "{body}");
        assert_eq!(answer.json["code"], 3);
    }
    assert_eq!(stack.backend.arrived().create, None);
}

#[tokio::test]
async fn malformed_json_is_refused_without_internal_names() {
    let stack = Stack::start().await;
    let deep = "[".repeat(5000);
    for body in ["{", "{}x", "nul", "{\"a\"", "[]", "\"\"", deep.as_str()] {
        let answer = stack.post("/v1/orders", body).await;
        answer.is_refusal(400, "VALIDATION_FAILED");
        let message = answer.json["message"].as_str().expect("a message");
        for word in ["serde", "prost", "tonic", "::", "Deserialize"] {
            assert!(!message.contains(word), "{message}");
        }
    }
    let request = stack.request("POST", "/v1/orders").body(vec![b'"', 0xff]);
    Answer::of(request)
        .await
        .is_refusal(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() {
    let stack = Stack::start().await;
    let large = format!("{{\"userId\": \"{}\"}}", "u".repeat(1024 * 1024));
    let answer = stack.post("/v1/orders", &large).await;
    answer.is_refusal(413, "REQUEST_TOO_LARGE");
    assert_eq!(answer.json["code"], 11);
}

#[tokio::test]
async fn a_webhook_reaches_the_service_byte_for_byte() {
    let stack = Stack::start().await;
    let body = b"{ \"type\":\r\n \xff\x00 }".to_vec();
    let request = stack
        .request("POST", "/v1/webhooks/payment")
        .header("content-type", "text/weird; a=b")
        .header("webhook-id", "w-1")
        .header("webhook-signature", "v1,abc")
        .body(body.clone());
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, &answer.json), (200, &json!({})));
    let arrived = stack.backend.arrived();
    let webhook = arrived.webhook.expect("it arrived");
    assert_eq!(webhook.data, body);
    assert_eq!(webhook.content_type, "text/weird; a=b");
    assert_eq!(arrived.metadata["webhook-id"], "w-1");
    assert_eq!(arrived.metadata["webhook-signature"], "v1,abc");
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message() {
    let stack = Stack::start().await;
    let answer = stack.post("/v1/orders/7:cancel", "").await;
    assert_eq!(answer.status, 200);
    let cancel = stack.backend.arrived().cancel.expect("it arrived");
    assert_eq!(cancel.order_id, "7");
}
