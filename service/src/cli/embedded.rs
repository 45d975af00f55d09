//! The whole product in a temporary folder on free ports, for commands that need one of their own.

use std::ffi::OsString;

use order_settings::Source;
use order_telemetry::Guard;
use tempfile::TempDir;

use super::process::SERVICE;
use super::stack::Stack;
use crate::config::{Config, Mode};

/// Settings that the embedded product takes from this process: where its store is, and how it is tuned. Never the
/// participants.
pub(super) const TAKEN_OVER: [&str; 20] = [
    "POSTGRES_URL",
    "POSTGRES_URL_FILE",
    "POSTGRES_CONNECTIONS",
    "REDIS_ADDR",
    "REDIS_ADDR_FILE",
    "HOLD_DURATION",
    "IDEMPOTENCY_TTL",
    "LEASE",
    "STEP_ATTEMPTS",
    "STEP_DEADLINE",
    "CAPTURE_MARGIN",
    "COMPENSATION_ATTEMPTS",
    "DELIVERY_ATTEMPTS",
    "BOOKING_FEE",
    "TAX_BPS",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "LOG_FORMAT",
    "RUST_LOG",
];

/// A running product that ends with its command.
#[derive(Debug)]
pub(super) struct Embedded {
    stack: Stack,
    guard: Guard,
    // Dropped last: the store is in it.
    _folder: TempDir,
}

impl Embedded {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        let lookup = |name: &str| variable(name, &path);
        let config = Config::load(Mode::Dev, &Source::new(&lookup))?;
        let guard = order_telemetry::start(&config.telemetry, SERVICE)?;
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

/// The variable as the embedded product sees it.
fn variable(name: &str, folder: &str) -> Option<OsString> {
    match name {
        "DATA_DIR" => Some(folder.into()),
        "HTTP_PORT" | "GRPC_PORT" | "SANDBOX_PORT" => Some("0".into()),
        // The command prints its own result; events below a warning would hide it.
        "RUST_LOG" => Some(std::env::var_os(name).unwrap_or_else(|| "warn".into())),
        _ if TAKEN_OVER.contains(&name) => std::env::var_os(name),
        _ => None,
    }
}
