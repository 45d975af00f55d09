//! `order-service serve`: the service alone, for production.

use super::stack::Stack;
use super::{signals, variable};
use crate::config::{Config, Mode};
use crate::telemetry;

pub(super) async fn run() -> anyhow::Result<()> {
    let config = Config::load(Mode::Serve, &variable)?;
    let guard = telemetry::start(&config.telemetry, "order-service")?;
    let ended = serve(config).await;
    guard.flush().await;
    ended
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut stack = Stack::alone(config).await?;
    tracing::info!(addr = %stack.grpc, "serving gRPC");
    tokio::select! {
        signalled = signals::first() => signalled?,
        broken = stack.broken() => return Err(broken),
    }
    stack.stop().await
}
