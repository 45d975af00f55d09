//! All settings of the service as one structure, and its listings.

use clap::Args;
use order_settings::{Faults, Host, Http, Source};

use super::database::{Database, Storage};
use super::engine::Engine;
use super::keys::{Keys, Tier};
use super::mode::Mode;
use super::participants::{Addresses, Sandbox};
use super::prices::Prices;
use super::secrets::{Sealing, Webhooks};
use super::server::Server;

/// Every setting of the service.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct Settings {
    #[command(flatten)]
    pub(super) host: Host,
    #[command(flatten)]
    pub(super) server: Server,
    #[command(flatten)]
    pub(super) http: Http,
    #[command(flatten)]
    pub(super) storage: Storage,
    #[command(flatten)]
    pub(super) tier: Tier,
    #[command(flatten)]
    pub(super) keys: Keys,
    #[command(flatten)]
    pub(super) addresses: Addresses,
    #[command(flatten)]
    pub(super) sandbox: Sandbox,
    #[command(flatten)]
    pub(super) sealing: Sealing,
    #[command(flatten)]
    pub(super) webhooks: Webhooks,
    #[command(flatten)]
    pub(super) engine: Engine,
    #[command(flatten)]
    pub(super) prices: Prices,
    #[command(flatten)]
    pub(super) telemetry: order_telemetry::Settings,
}

/// Every setting with its meaning, rule and default, for `--help`.
pub fn help() -> String {
    order_settings::help::<Settings>()
}

/// Every setting as Markdown tables, for `docs/settings.md`.
pub fn markdown() -> String {
    order_settings::markdown::<Settings>()
}

/// The settings that hold for this command, one line each, secrets redacted. Makes no secret and no file.
///
/// # Errors
/// The settings that cannot be read.
pub fn effective(mode: Mode, source: &Source<'_>) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let derived = |name: &str| derived(name, mode, source);
    let text = order_settings::effective::<Settings>(source, derived, &mut faults);
    faults.into_result()?;
    Ok(text)
}

/// The value of a setting that is not set and whose default depends on others.
fn derived(name: &str, mode: Mode, source: &Source<'_>) -> Option<String> {
    match (name, mode) {
        ("AUTH", _) => Some("off".to_owned()),
        ("REDIS_ADDR", _) => match Database::load(source) {
            Ok(Database::Postgres(_)) => Some("localhost:6379".to_owned()),
            Ok(Database::Sqlite(_)) | Err(_) => None,
        },
        ("DATA_KEY" | "WEBHOOK_SECRET", Mode::Dev) => Some("kept in DATA_DIR".to_owned()),
        _ => None,
    }
}
