//! `order-service dev`: service, gateway and sandbox in one process, and example requests to paste.

use order_settings::Source;

use super::output::print_line;
use super::process::SERVICE;
use super::stack::Stack;
use super::{examples, signals};
use crate::config::{Config, Database, Mode};

pub(super) async fn run() -> anyhow::Result<()> {
    let config = Config::load(Mode::Dev, &Source::process())?;
    let guard = order_telemetry::start(&config.telemetry, SERVICE)?;
    let ended = serve(config).await;
    guard.flush().await;
    ended
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let state = examples::State {
        data_dir: config.data_dir.clone(),
        on_postgres: matches!(config.database, Database::Postgres { .. }),
    };
    let mut stack = Stack::with_gateway(config).await?;
    print_line(examples::of(&stack, &state));
    tokio::select! {
        signalled = signals::first() => signalled?,
        failure = stack.failure() => return Err(failure),
    }
    stack.stop().await
}
