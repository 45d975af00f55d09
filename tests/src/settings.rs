//! The environment variables that configure the product, as a list that a test can change.
//!
//! Knows the names of the settings, not their effects.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Pairs of a variable's name and value.
pub type Settings = Vec<(String, String)>;

/// Sets a variable; an earlier value is replaced.
pub fn set(settings: &mut Settings, name: &str, value: impl ToString) {
    settings.retain(|(known, _)| known != name);
    settings.push((name.to_owned(), value.to_string()));
}

/// A new random `DATA_KEY`.
#[must_use]
pub fn data_key() -> String {
    BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
}

/// A new random `WEBHOOK_SECRET`.
#[must_use]
pub fn webhook_secret() -> String {
    format!(
        "whsec_{}",
        BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
    )
}

/// The settings that give all four participants the same URL.
#[must_use]
pub fn participants_at(url: &str) -> Settings {
    [
        "INVENTORY_URL",
        "PAYMENT_URL",
        "NOTIFICATION_URL",
        "SUBSCRIPTION_URL",
    ]
    .map(|name| (name.to_owned(), url.to_owned()))
    .into()
}
