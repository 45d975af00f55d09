//! Keys derived from `DATA_KEY`: sealed payment tokens, request fingerprints, page tokens.
//!
//! `DATA_KEY` is a list: the first key seals, any of them opens. To change keys without a moment in which replicas
//! disagree: append the new key everywhere, then put it first everywhere, and drop the old one when nothing sealed or
//! fingerprinted under it is left (`IDEMPOTENCY_TTL` for keys, the longest saga for payment tokens).
//!
//! Does not know where sealed texts are stored, and shows no key in errors or `Debug`.

mod key;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;

use crate::domain::{Fingerprint, OrderId, Secret};
use key::{Key, Purpose};

/// Longest text that is opened; anything longer was not sealed here.
const SEALED_CHARS_MAX: usize = 64 * 1024;

/// Why the vault cannot do what was asked. Never holds a key or what was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// One of the keys in the list is malformed.
    #[error("DATA_KEY: key {position} of the list is not 32 bytes in base64")]
    InvalidKey {
        /// Which one, counted from 1.
        position: usize,
    },
    /// The text was sealed under a key that is not in the list, for another order, or not by us.
    #[error("a sealed text cannot be opened with any key of DATA_KEY")]
    Closed,
}

/// The keys, ready for use. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<[Key]>,
}

impl Vault {
    /// Reads `DATA_KEY`: 32-byte keys in base64, separated by commas.
    pub fn new(keys: &str) -> Result<Self, Error> {
        let keys = keys
            .split(',')
            .enumerate()
            .map(|(index, text)| {
                Key::parse(text).ok_or(Error::InvalidKey {
                    position: index + 1,
                })
            })
            .collect::<Result<Vec<Key>, Error>>()?;
        Ok(Self { keys: keys.into() })
    }

    /// A new random key, as `DATA_KEY` takes it.
    pub fn generate() -> String {
        key::generate()
    }

    /// Seals a payment token for this order, so that no other order's row can pass it off as its own.
    pub fn seal(&self, order_id: OrderId, secret: &Secret) -> String {
        let sealed = self.first().seal(
            Purpose::PaymentToken,
            order_id.uuid().as_bytes(),
            secret.reveal().as_bytes(),
        );
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens what [`Vault::seal`] sealed for the same order.
    pub fn open(&self, order_id: OrderId, sealed: &str) -> Result<Secret, Error> {
        self.open_text(Purpose::PaymentToken, order_id.uuid().as_bytes(), sealed)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Secret::new)
            .ok_or(Error::Closed)
    }

    /// The digest that a request is stored under: HMAC-SHA-256 of the parts, each with its length.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> Fingerprint {
        digest(self.first(), parts)
    }

    /// The digests under every key, the one to store first. A repeat may have been stored under any of them.
    pub fn fingerprints(&self, parts: &[&[u8]]) -> Vec<Fingerprint> {
        self.keys.iter().map(|key| digest(key, parts)).collect()
    }

    /// Seals a page token, for URLs. `purpose` names what it may be used for: list, tenant and filter.
    pub fn seal_token(&self, purpose: &str, bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(
            self.first()
                .seal(Purpose::PageToken, purpose.as_bytes(), bytes),
        )
    }

    /// Opens what [`Vault::seal_token`] sealed for the same purpose; anything else is none.
    pub fn open_token(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        self.open_text(Purpose::PageToken, purpose.as_bytes(), sealed)
    }

    /// Seals a reply that is kept outside the database, in the place that `place` names.
    pub fn seal_reply(&self, place: &[u8], message: &[u8]) -> Vec<u8> {
        self.first().seal(Purpose::Reply, place, message)
    }

    /// Opens what [`Vault::seal_reply`] sealed for the same place; anything else is none.
    pub fn open_reply(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.open_bytes(Purpose::Reply, place, sealed)
    }

    fn open_text(&self, purpose: Purpose, bound_to: &[u8], sealed: &str) -> Option<Vec<u8>> {
        if sealed.len() > SEALED_CHARS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.open_bytes(purpose, bound_to, &bytes)
    }

    fn open_bytes(&self, purpose: Purpose, bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.keys
            .iter()
            .find_map(|key| key.open(purpose, bound_to, sealed))
    }

    fn first(&self) -> &Key {
        self.keys
            .first()
            .expect("splitting a text yields at least one part")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[vault]")
    }
}

/// Lengths come first, so that no two lists of parts read the same.
fn digest(key: &Key, parts: &[&[u8]]) -> Fingerprint {
    let mut mac = key.mac();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
