//! The two secrets of the service: their rules, and new ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use order_settings::value::Refused;
use order_settings::{Fault, Faults};

use super::mode::Mode;
use crate::domain::Secret;

/// Bytes of one data key.
const DATA_KEY_BYTES: usize = 32;
/// Bytes of a webhook secret, as Standard Webhooks allows them.
const WEBHOOK_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What every webhook secret begins with.
const WEBHOOK_PREFIX: &str = "whsec_";

/// The key of everything that is sealed.
#[derive(Debug, Clone, Args)]
#[group(id = "sealing")]
#[command(next_help_heading = "Secrets")]
pub(super) struct Sealing {
    /// Keys that seal payment tokens; the first encrypts, all decrypt, so that keys can be rotated
    ///
    /// Must be 32 bytes in base64, or several of them separated by commas
    ///
    /// Default: made by `dev` and kept in DATA_DIR; `serve` requires it
    #[arg(long, env = "DATA_KEY", hide_env_values = true, value_parser = data_key)]
    pub(super) data_key: Option<Secret>,
}

/// The key of webhooks.
#[derive(Debug, Clone, Args)]
#[group(id = "webhooks")]
#[command(next_help_heading = "Secrets")]
pub(super) struct Webhooks {
    /// Secrets that verify payment webhooks; any of them verifies. Without one `serve` accepts no webhook
    ///
    /// Must be `whsec_` and 24 to 64 bytes in base64, or several of them separated by commas
    ///
    /// Default: made by `dev` and kept in DATA_DIR; none in `serve`
    #[arg(long, env = "WEBHOOK_SECRET", hide_env_values = true, value_parser = webhook_secret)]
    pub(super) webhook_secret: Option<Secret>,
}

impl Sealing {
    /// Adds a fault when the command requires a key and has none.
    pub(super) fn check(&self, mode: Mode, faults: &mut Faults) {
        if mode == Mode::Serve && self.data_key.is_none() {
            faults.add(Fault::missing(
                "DATA_KEY",
                "32 bytes in base64, the same on every replica",
            ));
        }
    }
}

/// Accepts the keys as one text.
pub(super) fn data_key(text: &str) -> Result<Secret, Refused> {
    let is_key = |part: &str| {
        STANDARD
            .decode(part.trim())
            .is_ok_and(|bytes| bytes.len() == DATA_KEY_BYTES)
    };
    listed(text, is_key)
}

/// Accepts the secrets as one text.
pub(super) fn webhook_secret(text: &str) -> Result<Secret, Refused> {
    let is_secret = |part: &str| {
        part.trim()
            .strip_prefix(WEBHOOK_PREFIX)
            .and_then(|base64| STANDARD.decode(base64).ok())
            .is_some_and(|bytes| WEBHOOK_BYTES.contains(&bytes.len()))
    };
    listed(text, is_secret)
}

fn listed(text: &str, holds: impl Fn(&str) -> bool) -> Result<Secret, Refused> {
    if text.split(',').all(holds) {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err(Refused)
    }
}

/// A random data key.
pub(super) fn new_data_key() -> String {
    STANDARD.encode(random::<DATA_KEY_BYTES>())
}

/// A random webhook secret.
pub(super) fn new_webhook_secret() -> String {
    format!("{WEBHOOK_PREFIX}{}", STANDARD.encode(random::<32>()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}
