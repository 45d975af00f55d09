//! The fast tier: who holds a key right now, and the replies of those who are done.
//!
//! Two backends behind one enum, kept alike by one suite. Neither is the truth: what they forget, the database knows.
//! Knows slots, owners and sealed bytes; knows nothing of requests.

mod embedded;
mod redis;
mod slot;

pub use embedded::Embedded;
pub use redis::Redis;
pub(super) use slot::{Owner, Slot};

use std::time::Duration;

use bytes::Bytes;

use crate::domain::Fingerprint;

/// Longest time that a client is told to wait for a request under way.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(1);

/// Where claims are held and replies are kept.
#[derive(Debug, Clone)]
pub enum Tier {
    /// In this process: the only replica of an embedded store.
    Embedded(Embedded),
    /// In Redis: shared by all replicas.
    Redis(Redis),
}

/// What became of an attempt to claim a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claimed {
    /// The slot is the caller's until its lease ends.
    New,
    /// The same request is under way.
    Busy {
        /// How long to wait before asking again.
        retry_after: Duration,
    },
    /// The same request was answered with this.
    Done(Bytes),
    /// The slot is another request's, under way or done.
    Other,
}

/// The tier cannot say anything now: the database decides alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fast tier of idempotency keys cannot be used now")]
pub(super) struct Unavailable;

impl Tier {
    /// Claims the slot for `owner` until `lease` has passed. `fingerprints` are the request's own, the one to store first;
    /// they are compared before anything else. Dropped: the claim may stand until its lease ends.
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

    /// Lets the claim last for another `lease`. False: it is not `owner`'s any more. Dropped: renewed or not.
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

    /// Keeps the reply for `ttl` and ends the claim. False: it was not `owner`'s any more. Dropped: kept or not.
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

    /// Frees the slot. False: it was not `owner`'s any more. Dropped: freed or not.
    pub(super) async fn release(&self, slot: Slot, owner: Owner) -> Result<bool, Unavailable> {
        match self {
            Self::Embedded(tier) => Ok(tier.release(slot, owner)),
            Self::Redis(tier) => tier.release(slot, owner).await,
        }
    }
}

/// What a client is told when the claim ahead of it lasts for `left`, or is renewed until then.
fn retry_after(left: Duration) -> Duration {
    left.clamp(Duration::from_millis(1), RETRY_AFTER_MAX)
}

#[cfg(test)]
pub(super) mod suite;
