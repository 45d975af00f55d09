//! What a booking's saga needs besides the order. Stored as JSON: fields are only added, with defaults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{BookingFees, Currency, Money, Tariff};

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
    /// What the platform adds to the seats' prices. Its fee is 0, unless version 0.1.0 wrote the payload: that fee is a
    /// number of minor units in any currency.
    pub tariff: Tariff,
    /// Fee per ticket by currency.
    #[serde(default, skip_serializing_if = "BookingFees::is_empty")]
    pub booking_fees: BookingFees,
    /// How long the seats are held.
    pub hold_duration_secs: u64,
}

impl Payload {
    /// What the platform adds to prices in this currency.
    pub fn tariff_in(&self, currency: Currency) -> Tariff {
        if self.booking_fees.is_empty() {
            return self.tariff;
        }
        Tariff {
            booking_fee_minor: self.booking_fees.minor(currency),
            ..self.tariff
        }
    }

    /// How long the seats are held.
    pub fn hold_duration(&self) -> Duration {
        Duration::from_secs(self.hold_duration_secs)
    }
}
