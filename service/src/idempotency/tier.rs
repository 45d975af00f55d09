//! The fast tier: claims of running requests, and replies of completed ones.
//!
//! Two backends behind one enum, tested by one suite. Neither is authoritative: the database has what they lose.
//! Knows slots, owners and sealed bytes; does not know requests.

mod embedded;
mod redis;
mod slot;

pub use embedded::Embedded;
pub use redis::Redis;
pub(super) use slot::{Owner, Slot};

use std::time::Duration;

use bytes::Bytes;

use crate::domain::Fingerprint;

/// Longest RetryInfo for a request that is being processed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(1);

/// A backend of the fast tier.
#[derive(Debug, Clone)]
pub enum Tier {
    /// In this process: the only replica of an embedded store.
    Embedded(Embedded),
    /// In Redis: shared by all replicas.
    Redis(Redis),
}

/// The result of claiming a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claimed {
    /// The caller owns the slot until its lease ends.
    New,
    /// The same request is being processed.
    Busy {
        /// How long to wait before repeating.
        retry_after: Duration,
    },
    /// The stored reply of the same request.
    Done(Bytes),
    /// The slot belongs to another request, running or completed.
    Other,
}

/// The tier is unreachable: the database alone decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fast tier of idempotency keys cannot be used now")]
pub(super) struct Unavailable;

impl Tier {
    /// Claims the slot for `owner` until `lease` has passed. `fingerprints` are the request's own, the one to store first;
    /// they are compared before anything else. If dropped, the claim may last until its lease ends.
    pub(super) async fn claim(
        &self,
        slot: Slot,
        fingerprints: &[Fingerprint],
        owner: Owner,
        lease: Duration,
    ) -> Result<Claimed, Unavailable> {
        match self {
            Self::Embedded(tier) => tier.claim(slot, fingerprints, owner, lease),
            Self::Redis(tier) => tier.claim(slot, fingerprints, owner, lease).await,
        }
    }

    /// Extends the claim by another `lease`. False: `owner` lost it. If dropped, it may have applied.
    pub(super) async fn renew(
        &self,
        slot: Slot,
        owner: Owner,
        lease: Duration,
    ) -> Result<bool, Unavailable> {
        match self {
            Self::Embedded(tier) => Ok(tier.renew(slot, owner, lease)),
            Self::Redis(tier) => tier.renew(slot, owner, lease).await,
        }
    }

    /// Stores the reply for `ttl` and ends the claim. False: `owner` had lost it. If dropped, it may have applied.
    pub(super) async fn complete(
        &self,
        slot: Slot,
        owner: Owner,
        reply: &[u8],
        ttl: Duration,
    ) -> Result<bool, Unavailable> {
        match self {
            Self::Embedded(tier) => Ok(tier.complete(slot, owner, reply, ttl)),
            Self::Redis(tier) => tier.complete(slot, owner, reply, ttl).await,
        }
    }

    /// Releases the slot. False: `owner` had lost it. If dropped, it may have applied.
    pub(super) async fn release(&self, slot: Slot, owner: Owner) -> Result<bool, Unavailable> {
        match self {
            Self::Embedded(tier) => Ok(tier.release(slot, owner)),
            Self::Redis(tier) => tier.release(slot, owner).await,
        }
    }
}

/// The RetryInfo while another claim lasts for `left`, or longer if it is renewed.
fn retry_after(left: Duration) -> Duration {
    left.clamp(Duration::from_millis(1), RETRY_AFTER_MAX)
}

#[cfg(test)]
pub(super) mod suite;
