//! The two secrets: checked where they are set, made and kept where `dev` may do so.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::read::Source;
use super::{Error, Mode, kept};
use crate::domain::Secret;

/// Bytes of one data key.
const DATA_KEY_BYTES: usize = 32;
/// Bytes of a webhook secret, as Standard Webhooks allows them.
const WEBHOOK_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What every webhook secret begins with.
const WEBHOOK_PREFIX: &str = "whsec_";

pub(super) fn data_key(mode: Mode, source: &Source<'_>, dir: &Path) -> Result<Secret, Error> {
    let set = source.text("DATA_KEY");
    let key = match (set, mode) {
        (Some(text), _) => Secret::new(text),
        (None, Mode::Dev) => kept::secret(dir, "data.key", || STANDARD.encode(random::<32>()))?,
        (None, Mode::Serve) => {
            return Err(Error::Missing {
                name: "DATA_KEY",
                why: "32 bytes in base64, the same on every replica",
            });
        }
    };
    let is_key = |part: &str| {
        STANDARD
            .decode(part.trim())
            .is_ok_and(|bytes| bytes.len() == DATA_KEY_BYTES)
    };
    if !key.reveal().split(',').all(is_key) {
        return Err(Error::Invalid {
            name: "DATA_KEY",
            rule: "must be 32 bytes in base64, or several of them separated by commas",
        });
    }
    Ok(key)
}

pub(super) fn webhook_secret_for(
    mode: Mode,
    source: &Source<'_>,
    dir: &Path,
) -> Result<Option<Secret>, Error> {
    match (webhook_secret(source)?, mode) {
        (Some(secret), _) => Ok(Some(secret)),
        (None, Mode::Serve) => Ok(None),
        (None, Mode::Dev) => {
            let make = || format!("{WEBHOOK_PREFIX}{}", STANDARD.encode(random::<32>()));
            kept::secret(dir, "webhook.secret", make).map(Some)
        }
    }
}

pub(super) fn webhook_secret(source: &Source<'_>) -> Result<Option<Secret>, Error> {
    let Some(text) = source.text("WEBHOOK_SECRET") else {
        return Ok(None);
    };
    let is_secret = |part: &str| {
        part.trim()
            .strip_prefix(WEBHOOK_PREFIX)
            .and_then(|base64| STANDARD.decode(base64).ok())
            .is_some_and(|bytes| WEBHOOK_BYTES.contains(&bytes.len()))
    };
    if !text.split(',').all(is_secret) {
        return Err(Error::Invalid {
            name: "WEBHOOK_SECRET",
            rule: "must be `whsec_` and 24 to 64 bytes in base64, or several of them separated by commas",
        });
    }
    Ok(Some(Secret::new(text)))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}
