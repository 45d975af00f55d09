//! `order-service serve`: the service alone, for production.

use order_settings::Source;

use super::process::SERVICE;
use super::signals;
use super::stack::Stack;
use crate::config::{Config, Mode};

pub(super) async fn run() -> anyhow::Result<()> {
    let config = Config::load(Mode::Serve, &Source::process())?;
    let guard = order_telemetry::start(&config.telemetry, SERVICE)?;
    let ended = serve(config).await;
    guard.flush().await;
    ended
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut stack = Stack::without_gateway(config).await?;
    tracing::info!(addr = %stack.grpc, "serving gRPC");
    tokio::select! {
        signalled = signals::first() => signalled?,
        failure = stack.failure() => return Err(failure),
    }
    stack.stop().await
}
