//! A whole product in a temporary folder on free ports, for commands that bring their own.

use tempfile::TempDir;

use super::stack::Stack;
use super::variable;
use crate::config::{Config, Mode};
use crate::telemetry;
use crate::telemetry::Guard;

/// Settings that a product of one's own takes over: where its store is, and how it is tuned. Never the participants.
const TAKEN_OVER: [&str; 12] = [
    "POSTGRES_URL",
    "REDIS_ADDR",
    "HOLD_DURATION",
    "IDEMPOTENCY_TTL",
    "LEASE",
    "STEP_ATTEMPTS",
    "STEP_DEADLINE",
    "BOOKING_FEE_MINOR",
    "TAX_BPS",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "LOG_FORMAT",
    "RUST_LOG",
];

/// A product of one's own.
#[derive(Debug)]
pub(super) struct Embedded {
    stack: Stack,
    guard: Guard,
    // Kept until the end: the store is in it.
    _folder: TempDir,
}

impl Embedded {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        let config = Config::load(Mode::Dev, &|name| setting(name, &path))?;
        let guard = telemetry::start(&config.telemetry, "order-service")?;
        let stack = Stack::with_gateway(config).await?;
        Ok(Self {
            stack,
            guard,
            _folder: folder,
        })
    }

    pub(super) const fn stack(&self) -> &Stack {
        &self.stack
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        let stopped = self.stack.stop().await;
        self.guard.flush().await;
        stopped
    }
}

fn setting(name: &str, folder: &str) -> Option<String> {
    match name {
        "DATA_DIR" => Some(folder.to_owned()),
        "HTTP_PORT" | "GRPC_PORT" | "SANDBOX_PORT" => Some("0".to_owned()),
        // The command's own output is what matters.
        "RUST_LOG" => Some(variable(name).unwrap_or_else(|| "warn".to_owned())),
        _ if TAKEN_OVER.contains(&name) => variable(name),
        _ => None,
    }
}
