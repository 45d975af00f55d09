//! The dependencies and settings that the layer and its attempts share. Holds no logic.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::Tier;
use super::scope::Directory;
use crate::error::Error;
use crate::vault::Vault;

/// Dependencies and settings of the layer.
#[derive(Debug, Clone)]
pub struct Settings {
    pub tier: Tier,
    /// Makes fingerprints and seals stored replies.
    pub vault: Vault,
    pub directory: Arc<dyn Directory>,
    /// How long a reply is stored: `IDEMPOTENCY_TTL`.
    pub ttl: Duration,
    /// How long a claim lasts without renewal; [`LEASE`](super::LEASE) except in tests.
    pub lease: Duration,
    /// Whether guarded rpcs need a key: `IDEMPOTENCY_REQUIRED`.
    pub required: bool,
    /// Converts an error to a response.
    pub to_status: fn(Error) -> tonic::Status,
    /// What of a request is held as long as its attempt runs, also after its client has left: its place among the
    /// requests that are admitted at once.
    pub held: fn(&http::Extensions) -> Option<Box<dyn Send>>,
    /// Running requests, which outlive their clients' connections; waited for at shutdown.
    pub tasks: TaskTracker,
}
