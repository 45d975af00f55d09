//! Names in the fast tier: the slot of a key and the owner of a claim. Holds digests only, never what a client sent.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::domain::Scope;

/// The slot of one key: a digest of its scope, the same on every replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::idempotency) struct Slot([u8; 32]);

impl Slot {
    /// The slot of this scope.
    pub(in crate::idempotency) fn of(scope: &Scope) -> Self {
        let mut digest = Sha256::new();
        for part in [
            &scope.organization,
            &scope.caller,
            &scope.method,
            &scope.key,
        ] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// A slot that no key has, for probes.
    pub(super) fn random() -> Self {
        Self(rand::random())
    }

    /// The name as bytes.
    pub(in crate::idempotency) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One attempt of one request: compared on every write, so that a late one changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::idempotency) struct Owner([u8; 16]);

impl Owner {
    pub(in crate::idempotency) fn random() -> Self {
        Self(rand::random())
    }

    /// The owner as bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(parts: [&str; 4]) -> Scope {
        let [organization, caller, method, key] = parts.map(str::to_owned);
        Scope {
            organization,
            caller,
            method,
            key,
        }
    }

    #[test]
    fn every_part_of_the_scope_counts() {
        let slot = Slot::of(&scope(["org", "ann", "/m", "k"]));
        assert_eq!(slot, Slot::of(&scope(["org", "ann", "/m", "k"])));
        for other in [
            ["org2", "ann", "/m", "k"],
            ["org", "bob", "/m", "k"],
            ["org", "ann", "/n", "k"],
            ["org", "ann", "/m", "l"],
            ["orga", "nn", "/m", "k"],
            ["org", "", "ann/m", "k"],
        ] {
            assert_ne!(slot, Slot::of(&scope(other)), "{other:?}");
        }
    }

    #[test]
    fn a_name_holds_nothing_of_the_scope() {
        let name = Slot::of(&scope(["org", "ann", "/m", "secret-key"])).to_string();
        assert_eq!(name.len(), 64);
        assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
