//! Sends payment webhooks, signed as Standard Webhooks specifies, and retries until the receiver accepts.
//!
//! Holds the signing key. Knows no payment rules. A webhook is a hint, so an event that is never accepted is dropped.

use std::time::Duration;

use reqwest::Client;
use serde::Serialize;

use crate::config::Webhook;
use crate::error::Error;
use crate::payment::Event;
use crate::value::moment::Moment;

/// The number of attempts per event.
const ATTEMPTS_MAX: u32 = 10;
/// The pause after the first attempt; each further pause is twice as long.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The time limit of one attempt.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    payment_id: &'a str,
    order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_id: Option<&'a str>,
    amount: i64,
    currency: &'a str,
}

/// Sends events in background tasks.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client,
    url: String,
    secret: String,
}

impl std::fmt::Debug for Sender {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Sender {
    pub(crate) fn new(webhook: &Webhook) -> Result<Self, Error> {
        let first = webhook.secret.split(',').next().unwrap_or_default().trim();
        if first.is_empty() || standardwebhooks::Webhook::new(first).is_err() {
            return Err(Error::WebhookSecret);
        }
        let client = Client::builder()
            .no_proxy()
            .timeout(ANSWER_WITHIN)
            .build()
            .map_err(|source| Error::WebhookClient { source })?;
        Ok(Self {
            client,
            url: webhook.url.clone(),
            secret: first.to_owned(),
        })
    }

    /// Sends in a separate task. Events that are unsent when the process stops are lost, as with a real provider.
    pub(crate) fn send(&self, event: Event) {
        let sender = self.clone();
        tokio::spawn(async move { sender.deliver(&event).await });
    }

    async fn deliver(&self, event: &Event) {
        let id = format!("msg_{}", uuid::Uuid::now_v7().simple());
        let body = body(event);
        let mut pause = PAUSE_MIN;
        for _ in 0..ATTEMPTS_MAX {
            match self.attempt(&id, &body).await {
                Ok(status) if status.is_success() => return,
                Ok(status) => tracing::debug!(%id, %status, "the webhook was not accepted"),
                Err(error) => {
                    let error = error.without_url();
                    tracing::debug!(%id, error = &error as &dyn std::error::Error, "the webhook was not sent");
                }
            }
            tokio::time::sleep(pause).await;
            pause = PAUSE_MAX.min(pause * 2);
        }
        tracing::warn!(%id, order_id = event.order_id, "the webhook was not accepted and is dropped");
    }

    /// Signs every attempt anew, because the receiver refuses an old timestamp.
    async fn attempt(&self, id: &str, body: &str) -> Result<reqwest::StatusCode, reqwest::Error> {
        let now = Moment::now().timestamp().seconds;
        let signature = standardwebhooks::Webhook::new(&self.secret)
            .and_then(|key| key.sign(id, now, body.as_bytes()))
            .expect("`new` checked the secret, and the body is UTF-8");
        let answer = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header(standardwebhooks::HEADER_WEBHOOK_ID, id)
            .header(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, now)
            .header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body.to_owned())
            .send()
            .await?;
        Ok(answer.status())
    }
}

fn body(event: &Event) -> String {
    serde_json::to_string(&Body {
        r#type: event.kind.name(),
        data: Data {
            payment_id: &event.payment_id,
            order_id: &event.order_id,
            refund_id: event.refund_id.as_deref(),
            amount: event.amount.minor,
            currency: event.amount.currency.code(),
        },
    })
    .expect("text and numbers make JSON")
}
