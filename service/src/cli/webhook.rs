//! `order-service webhook`: signs a payment webhook as the Payment service would, and sends it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use order_settings::Source;
use serde_json::{Map, Value};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};
use uuid::Uuid;

use super::output::print_line;
use crate::config;

/// How long the receiver may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Where the webhook is sent, and what it reports.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 when it was accepted, 1 when it was refused or nothing answered.\n\n\
    Examples:\n  \
    order-service webhook                                   to `order-service` on this machine\n  \
    order-service webhook --order-id 0198… --payment-id pay_0198… --amount 5000 --currency USD\n  \
    WEBHOOK_SECRET=whsec_… order-service webhook --url https://orders.example/v1/webhooks/payment"
)]
pub(super) struct Arguments {
    /// The receiver
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8084/v1/webhooks/payment"
    )]
    url: reqwest::Url,
    /// What has happened
    #[arg(long = "type", value_enum, default_value_t = Kind::Authorized)]
    kind: Kind,
    /// The order; one that does not exist when not given, which is accepted and has no effect
    #[arg(long, value_name = "UUID")]
    order_id: Option<Uuid>,
    /// The payment at the provider
    #[arg(long, value_name = "ID", default_value = "pay_test")]
    payment_id: String,
    /// The refund at the provider
    #[arg(long, value_name = "ID")]
    refund_id: Option<String>,
    /// The amount in minor units
    #[arg(long, value_name = "MINOR", default_value_t = 0)]
    amount: i64,
    /// The currency of the amount
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,
    /// The id of the webhook; a random one when not given
    #[arg(long, value_name = "ID")]
    webhook_id: Option<String>,
}

/// The types of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[value(name = "payment.authorized")]
    Authorized,
    #[value(name = "payment.captured")]
    Captured,
    #[value(name = "payment.failed")]
    Failed,
    #[value(name = "refund.succeeded")]
    RefundSucceeded,
    #[value(name = "refund.failed")]
    RefundFailed,
}

impl Kind {
    fn name(self) -> String {
        let value = self.to_possible_value();
        let value = value.expect("no type is skipped");
        value.get_name().to_owned()
    }
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let secret = config::signing_secret(&Source::process())?;
    let secret = secret.context(
        "WEBHOOK_SECRET must be set: it signs the webhook, and DATA_DIR has none that `dev` made",
    )?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let body = body(&arguments);
    let webhook_id = arguments.webhook_id;
    let webhook_id = webhook_id.unwrap_or_else(|| format!("msg_{}", Uuid::now_v7()));
    let signature = sign(secret.reveal(), &webhook_id, i64::try_from(now)?, &body)?;
    let client = reqwest::Client::builder().timeout(ANSWER_WITHIN);
    let request = client
        .build()?
        .post(arguments.url.clone())
        .header("content-type", "application/json")
        .header(HEADER_WEBHOOK_ID, &webhook_id)
        .header(HEADER_WEBHOOK_TIMESTAMP, now.to_string())
        .header(HEADER_WEBHOOK_SIGNATURE, signature)
        .body(body.clone());
    let answer = request.send().await.context("--url: nothing answered")?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    anyhow::ensure!(status.is_success(), "--url answered {status}: {text}");
    print_line(format_args!("{webhook_id} {body}\naccepted: {status}"));
    Ok(())
}

fn body(arguments: &Arguments) -> String {
    let order_id = arguments.order_id.unwrap_or_else(Uuid::now_v7);
    let mut data = Map::new();
    data.insert("payment_id".into(), arguments.payment_id.clone().into());
    data.insert("order_id".into(), order_id.to_string().into());
    if let Some(refund_id) = &arguments.refund_id {
        data.insert("refund_id".into(), refund_id.clone().into());
    }
    data.insert("amount".into(), arguments.amount.into());
    data.insert("currency".into(), arguments.currency.clone().into());
    let mut webhook = Map::new();
    webhook.insert("type".into(), arguments.kind.name().into());
    webhook.insert("data".into(), Value::Object(data));
    Value::Object(webhook).to_string()
}

/// Signs under the first secret of the list.
fn sign(secrets: &str, webhook_id: &str, now: i64, body: &str) -> anyhow::Result<String> {
    let first = secrets.split(',').next().unwrap_or_default();
    let key = Webhook::new(first.trim()).map_err(|_| anyhow::anyhow!("WEBHOOK_SECRET"))?;
    let signature = key.sign(webhook_id, now, body.as_bytes());
    signature.map_err(|_| anyhow::anyhow!("the webhook cannot be signed"))
}
