//! Tells the webhook's receiver what became of a payment: signed as Standard Webhooks says, and again until it is taken.
//!
//! Holds the key. Knows no payment rules; a webhook is a hint, so one that is never taken is given up.

use std::time::Duration;

use reqwest::Client;
use serde::Serialize;

use crate::money::Money;
use crate::{Error, Webhook};

/// How often one event is sent.
const ATTEMPTS_MAX: u32 = 10;
/// The first pause; each is twice the one before.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long the receiver may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What became of a payment, or of a refund of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) payment_id: String,
    pub(crate) order_id: String,
    /// The refund that it tells of, if it tells of one.
    pub(crate) refund_id: Option<String>,
    pub(crate) amount: Money,
}

/// The events that completing a payment or a refund brings.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EventKind {
    Authorized,
    Captured,
    Failed,
    RefundSucceeded,
    RefundFailed,
}

impl EventKind {
    fn name(self) -> &'static str {
        match self {
            Self::Authorized => "payment.authorized",
            Self::Captured => "payment.captured",
            Self::Failed => "payment.failed",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
        }
    }
}

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

/// Sends events in the background.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client,
    url: String,
    secret: String,
}

impl std::fmt::Debug for Sender {
    /// Never shows the secret.
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

    /// Sends in a task of its own. What a stopping process has not sent is lost, as a provider's would be.
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
                Ok(status) => tracing::debug!(%id, %status, "the webhook was not taken"),
                Err(error) => {
                    let error = error.without_url();
                    tracing::debug!(%id, error = &error as &dyn std::error::Error, "the webhook was not sent");
                }
            }
            tokio::time::sleep(pause).await;
            pause = PAUSE_MAX.min(pause * 2);
        }
        tracing::warn!(%id, order_id = event.order_id, "the webhook is given up");
    }

    /// Signed anew each time: the receiver refuses an old timestamp.
    async fn attempt(&self, id: &str, body: &str) -> Result<reqwest::StatusCode, reqwest::Error> {
        let now = crate::moment::Moment::now().timestamp().seconds;
        let signature = standardwebhooks::Webhook::new(&self.secret)
            .and_then(|key| key.sign(id, now, body.as_bytes()))
            .expect("the secret was tried when the sender was made, and the body is text");
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
