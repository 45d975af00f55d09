//! What a booking's saga needs besides the order. Stored as JSON: fields are only added, with defaults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{Money, Tariff};

/// What the saga knows from its beginning on, stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Where the Payment service sends the buyer back to; may be empty.
    #[serde(default)]
    pub return_url: String,
    /// What the total must turn out to be.
    #[serde(default)]
    pub expected_total: Option<Money>,
    /// A hold to adopt.
    #[serde(default)]
    pub adopted_hold_id: Option<String>,
    /// What the platform adds to the seats' prices.
    pub tariff: Tariff,
    /// How long the seats are held.
    pub hold_duration_secs: u64,
}

impl Payload {
    /// How long the seats are held.
    pub fn hold_duration(&self) -> Duration {
        Duration::from_secs(self.hold_duration_secs)
    }
}
