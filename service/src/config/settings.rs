//! All settings of the service as one structure, and its listings.

use clap::Args;
use order_settings::{Host, Http};

use super::database::Storage;
use super::engine::Engine;
use super::keys::{Keys, Tier};
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
