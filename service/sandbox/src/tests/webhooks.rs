//! Webhooks: their signature, their body, and retries until the receiver accepts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use http::{HeaderMap, HeaderName};
use order_proto::sandbox::v1::CompletionOutcome;
use serde_json::json;
use tokio::sync::mpsc;

use super::harness::{PATIENCE, Server, config};
use crate::{Config, Error, Webhook, bind};

const SECRET: &str = "whsec_c2FuZGJveCB3ZWJob29rIHNlY3JldA==";

struct Received {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A receiver that answers with these statuses, one connection each, then 200.
fn receiver(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let (sender, received) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let statuses = statuses.iter().copied().chain(std::iter::repeat(200));
        for (status, stream) in statuses.zip(listener.incoming()) {
            let request = answer(stream.expect("it connects"), status);
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/v1/webhooks/payment"), received)
}

fn answer(mut stream: TcpStream, status: u16) -> Received {
    let mut reader = BufReader::new(stream.try_clone().expect("it is open"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("it sends a request");
    assert_eq!(line.trim_end(), "POST /v1/webhooks/payment HTTP/1.1");
    let mut headers = HeaderMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).expect("it has headers");
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        let name: HeaderName = name.parse().expect("it is a name");
        headers.insert(name, value.parse().expect("it is a value"));
    }
    let length = headers["content-length"].to_str().expect("it is text");
    let mut body = vec![0; length.parse().expect("it is a number")];
    reader.read_exact(&mut body).expect("it has a body");
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).expect("it reads");
    Received { headers, body }
}

async fn next(received: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    let next = tokio::time::timeout(PATIENCE, received.recv()).await;
    next.expect("a webhook comes in time")
        .expect("the receiver runs")
}

async fn server_for(url: String) -> Server {
    let secret = format!("{SECRET},whsec_b2xkZXI=");
    Server::with_webhook(Webhook { url, secret }).await
}

#[tokio::test]
async fn a_completed_payment_sends_a_signed_webhook_with_its_outcome() {
    let (url, mut received) = receiver(&[]);
    let server = server_for(url).await;
    let key = standardwebhooks::Webhook::new(SECRET).expect("it is a secret");
    for (token, outcome, event) in [
        (
            "tok_requires_action",
            CompletionOutcome::Succeed,
            "payment.authorized",
        ),
        (
            "tok_requires_action",
            CompletionOutcome::Fail,
            "payment.failed",
        ),
        (
            "tok_capture_pending",
            CompletionOutcome::Succeed,
            "payment.captured",
        ),
        (
            "tok_capture_pending",
            CompletionOutcome::Fail,
            "payment.failed",
        ),
    ] {
        let order = server.order(&format!("{token}-{}", outcome.as_str_name()));
        order
            .authorize("authorize", token)
            .await
            .expect("it is answered");
        // Refused where the payment requires an action first.
        drop(order.capture("capture", 100).await);
        let completed = server.complete(&order.payment_id(), outcome).await;
        completed.expect("it is pending");
        let webhook = next(&mut received).await;
        let verified = key.verify(&webhook.body, &webhook.headers);
        verified.expect("the signature is valid");
        assert_eq!(webhook.headers["content-type"], "application/json");
        let body: serde_json::Value = serde_json::from_slice(&webhook.body).expect("it is JSON");
        let expected = json!({"type": event, "data": {
            "payment_id": order.payment_id(),
            "order_id": order.id,
            "amount": 10_000,
            "currency": "USD",
        }});
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_completed_refund_sends_a_webhook_with_its_refund_id() {
    let (url, mut received) = receiver(&[]);
    let server = server_for(url).await;
    let order = server.order("o");
    let authorized = order.authorize("authorize", "tok_refund_pending").await;
    authorized.expect("the card is valid");
    order
        .capture("capture", 100)
        .await
        .expect("it is authorized");
    for (refund_id, outcome, event) in [
        ("one", CompletionOutcome::Fail, "refund.failed"),
        ("two", CompletionOutcome::Succeed, "refund.succeeded"),
    ] {
        let refund = order.refund(refund_id, refund_id, 40).await;
        refund.expect("it was captured");
        let completed = server.complete(&order.payment_id(), outcome).await;
        completed.expect("a refund is pending");
        let webhook = next(&mut received).await;
        let body: serde_json::Value = serde_json::from_slice(&webhook.body).expect("it is JSON");
        let expected = json!({"type": event, "data": {
            "payment_id": order.payment_id(),
            "order_id": order.id,
            "refund_id": refund_id,
            "amount": 4_000,
            "currency": "USD",
        }});
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_webhook_that_is_not_accepted_is_sent_again_with_the_same_id() {
    let (url, mut received) = receiver(&[503, 401]);
    let server = server_for(url).await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_requires_action")
        .await
        .expect("it is answered");
    let completed = server.complete("pay_o", CompletionOutcome::Succeed).await;
    completed.expect("it is pending");
    let first = next(&mut received).await;
    for _ in 0..2 {
        let again = next(&mut received).await;
        assert_eq!(again.headers["webhook-id"], first.headers["webhook-id"]);
        assert_eq!(again.body, first.body);
    }
}

#[tokio::test]
async fn a_malformed_secret_is_an_error_that_does_not_show_it() {
    for secret in ["", "whsec_not base64!"] {
        let webhook = Webhook {
            url: "http://127.0.0.1:9".into(),
            secret: secret.into(),
        };
        assert!(!format!("{webhook:?}").contains("base64"));
        let config = Config {
            webhook: Some(webhook),
            ..config()
        };
        let error = bind(config).await.expect_err("the secret is malformed");
        assert!(matches!(error, Error::WebhookSecret), "{error:?}");
        assert!(!error.to_string().contains("base64!"));
    }
}
