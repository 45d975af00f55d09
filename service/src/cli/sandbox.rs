//! `order-service sandbox`: the sandbox without the service.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use order_sandbox::{Config, Webhook};
use order_settings::Source;

use super::output::print_line;
use super::process::SANDBOX;
use super::signals;
use crate::config;

/// Where the sandbox listens, and where it keeps state.
#[derive(Debug, Args)]
#[command(after_help = "Example: a sandbox that outlives a killed service\n  \
    order-service sandbox --state-file sandbox.json &\n  \
    export INVENTORY_URL=http://127.0.0.1:9100 PAYMENT_URL=http://127.0.0.1:9100\n  \
    export NOTIFICATION_URL=http://127.0.0.1:9100 SUBSCRIPTION_URL=http://127.0.0.1:9100\n  \
    order-service")]
pub(super) struct Arguments {
    /// The port to listen on, at the address HOST (127.0.0.1); 0 takes a free one
    #[arg(long, default_value_t = 9100)]
    port: u16,
    /// Keep state in this file, so that it survives a restart
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,
    /// Send payment webhooks to this URL, signed with WEBHOOK_SECRET
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let guard = order_telemetry::start(&config::telemetry(&Source::process())?, SANDBOX)?;
    let ended = serve(arguments).await;
    guard.flush().await;
    ended
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let bound = order_sandbox::bind(Config {
        listen: SocketAddr::new(config::host(&Source::process())?, arguments.port),
        webhook: webhook(arguments.webhook_url)?,
        state_file: arguments.state_file,
    })
    .await?;
    print_line(format_args!("sandbox   {}", bound.local_addr()));
    bound
        .serve(async {
            // When signals cannot be caught it serves until it is killed.
            if signals::first().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await?;
    Ok(())
}

fn webhook(url: Option<String>) -> anyhow::Result<Option<Webhook>> {
    let Some(url) = url else {
        return Ok(None);
    };
    let secret = config::webhook_secret(&Source::process())?;
    let secret =
        secret.context("WEBHOOK_SECRET must be set: it signs the webhooks to --webhook-url")?;
    Ok(Some(Webhook {
        url,
        secret: secret.reveal().to_owned(),
    }))
}
