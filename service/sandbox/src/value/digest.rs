//! Digests of keys and requests: they identify a content without storing it, so that no payment token is kept. Knows no
//! message.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 128 bits of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Digest(u64, u64);

impl Digest {
    /// The digest of `body`; equal bodies with different labels have different digests.
    pub(crate) fn of(label: &str, body: &[u8]) -> Self {
        let hash = Sha256::new()
            .chain_update(label.as_bytes())
            .chain_update([0])
            .chain_update(body)
            .finalize();
        let half = |at: usize| {
            hash.iter()
                .skip(at)
                .take(8)
                .fold(0, |word, byte| (word << 8) | u64::from(*byte))
        };
        Self(half(0), half(8))
    }

    pub(crate) fn hex(self) -> String {
        format!("{:016x}{:016x}", self.0, self.1)
    }
}
