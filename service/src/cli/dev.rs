//! `order-service dev`: everything at once, and lines to paste.

use super::stack::Stack;
use super::{hints, say, signals, variable};
use crate::config::{Config, Mode};
use crate::telemetry;

pub(super) async fn run() -> anyhow::Result<()> {
    let config = Config::load(Mode::Dev, &variable)?;
    let guard = telemetry::start(&config.telemetry, "order-service")?;
    let ended = serve(config).await;
    guard.flush().await;
    ended
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut stack = Stack::with_gateway(config).await?;
    say(hints::of(&stack));
    tokio::select! {
        signalled = signals::first() => signalled?,
        broken = stack.broken() => return Err(broken),
    }
    stack.stop().await
}
