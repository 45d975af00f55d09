//! The variables that configure the product, as a list that a test can change.
//!
//! Knows the names in the contract, not what they do.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Name and value of each variable.
pub type Settings = Vec<(String, String)>;

/// Sets a variable, or replaces it.
pub fn set(settings: &mut Settings, name: &str, value: impl ToString) {
    settings.retain(|(known, _)| known != name);
    settings.push((name.to_owned(), value.to_string()));
}

/// A fresh `DATA_KEY`.
#[must_use]
pub fn data_key() -> String {
    BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
}

/// A fresh `WEBHOOK_SECRET`.
#[must_use]
pub fn webhook_secret() -> String {
    format!(
        "whsec_{}",
        BASE64_STANDARD.encode(rand::random::<[u8; 32]>())
    )
}

/// All four participants at one address.
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
