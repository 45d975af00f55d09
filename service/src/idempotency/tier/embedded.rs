//! The fast tier in this process, bounded in entries and bytes: old entries are evicted.
//!
//! Time is the process's monotonic clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Claimed, Owner, Slot, Unavailable, retry_after};
use crate::domain::Fingerprint;

/// Most claims and replies held at a time.
const ENTRIES_MAX: usize = 65_536;
/// Most bytes of replies held at a time.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Claims and replies in memory. Clones share them.
#[derive(Debug, Clone)]
pub struct Embedded {
    held: Arc<Mutex<Entries>>,
}

impl Default for Embedded {
    fn default() -> Self {
        Self::bounded(ENTRIES_MAX, REPLY_BYTES_MAX)
    }
}

impl Embedded {
    /// Holds at most this many entries and bytes of replies.
    pub(super) fn bounded(entries_max: usize, bytes_max: usize) -> Self {
        let held = Entries {
            entries_max,
            bytes_max,
            entries: HashMap::new(),
            by_expiry: BTreeSet::new(),
            by_completion: BTreeMap::new(),
            bytes: 0,
            completions: 0,
        };
        Self {
            held: Arc::new(Mutex::new(held)),
        }
    }

    pub(super) fn claim(
        &self,
        slot: Slot,
        fingerprints: &[Fingerprint],
        owner: Owner,
        lease: Duration,
    ) -> Result<Claimed, Unavailable> {
        let (mut held, now) = self.open();
        if let Some(entry) = held.entries.get(&slot) {
            if !fingerprints.contains(&entry.fingerprint) {
                return Ok(Claimed::Other);
            }
            return Ok(match &entry.state {
                State::Done { reply, .. } => Claimed::Done(reply.clone()),
                State::Running(holder) if *holder == owner => Claimed::New,
                State::Running(_) => Claimed::Busy {
                    retry_after: retry_after(entry.expires - now),
                },
            });
        }
        let fingerprint = *fingerprints.first().ok_or(Unavailable)?;
        if held.entries.len() >= held.entries_max && !held.evict() {
            return Err(Unavailable);
        }
        held.insert(
            slot,
            Entry {
                fingerprint,
                expires: now + lease,
                state: State::Running(owner),
            },
        );
        Ok(Claimed::New)
    }

    pub(super) fn renew(&self, slot: Slot, owner: Owner, lease: Duration) -> bool {
        let (mut held, now) = self.open();
        let Some(mut entry) = held.take_if_owned(slot, owner) else {
            return false;
        };
        entry.expires = now + lease;
        held.insert(slot, entry);
        true
    }

    pub(super) fn complete(&self, slot: Slot, owner: Owner, reply: &[u8], ttl: Duration) -> bool {
        let (mut held, now) = self.open();
        let Some(mut entry) = held.take_if_owned(slot, owner) else {
            return false;
        };
        let completion = held.completions;
        held.completions += 1;
        entry.expires = now + ttl;
        entry.state = State::Done {
            reply: Bytes::copy_from_slice(reply),
            completion,
        };
        held.insert(slot, entry);
        while held.bytes > held.bytes_max && held.evict() {}
        true
    }

    pub(super) fn release(&self, slot: Slot, owner: Owner) -> bool {
        self.open().0.take_if_owned(slot, owner).is_some()
    }

    /// The entries that have not expired, and the time.
    fn open(&self) -> (MutexGuard<'_, Entries>, Instant) {
        // No change under this lock can panic half-way, so that a poisoned lock still holds consistent data.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while let Some(&(expires, slot)) = held.by_expiry.first()
            && expires <= now
        {
            held.remove(slot);
        }
        (held, now)
    }
}

#[derive(Debug)]
struct Entries {
    entries_max: usize,
    bytes_max: usize,
    entries: HashMap<Slot, Entry>,
    by_expiry: BTreeSet<(Instant, Slot)>,
    by_completion: BTreeMap<u64, Slot>,
    bytes: usize,
    completions: u64,
}

#[derive(Debug)]
struct Entry {
    fingerprint: Fingerprint,
    expires: Instant,
    state: State,
}

#[derive(Debug)]
enum State {
    Running(Owner),
    Done { reply: Bytes, completion: u64 },
}

impl Entries {
    fn insert(&mut self, slot: Slot, entry: Entry) {
        self.by_expiry.insert((entry.expires, slot));
        if let State::Done { reply, completion } = &entry.state {
            self.by_completion.insert(*completion, slot);
            self.bytes += reply.len();
        }
        self.entries.insert(slot, entry);
    }

    fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries.remove(&slot)?;
        self.by_expiry.remove(&(entry.expires, slot));
        if let State::Done { reply, completion } = &entry.state {
            self.by_completion.remove(completion);
            self.bytes -= reply.len();
        }
        Some(entry)
    }

    fn take_if_owned(&mut self, slot: Slot, owner: Owner) -> Option<Entry> {
        match self.entries.get(&slot)?.state {
            State::Running(holder) if holder == owner => self.remove(slot),
            State::Running(_) | State::Done { .. } => None,
        }
    }

    /// Evicts the oldest reply; false if there is none.
    fn evict(&mut self) -> bool {
        let Some((_, &slot)) = self.by_completion.first_key_value() else {
            return false;
        };
        self.remove(slot);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(10);
    const TTL: Duration = Duration::from_secs(60);

    fn done(tier: &Embedded, reply: &[u8]) -> Slot {
        let (slot, owner) = (Slot::random(), Owner::random());
        let claimed = tier.claim(slot, &[[1; 32]], owner, LEASE);
        assert_eq!(claimed, Ok(Claimed::New));
        assert!(tier.complete(slot, owner, reply, TTL));
        slot
    }

    fn look(tier: &Embedded, slot: Slot) -> Result<Claimed, Unavailable> {
        tier.claim(slot, &[[1; 32]], Owner::random(), LEASE)
    }

    #[test]
    fn the_oldest_reply_makes_room() {
        let tier = Embedded::bounded(2, 1000);
        let (first, second) = (done(&tier, b"1"), done(&tier, b"2"));
        let third = Slot::random();
        assert_eq!(look(&tier, third), Ok(Claimed::New));
        assert_eq!(look(&tier, second), Ok(Claimed::Done("2".into())));
        assert_eq!(look(&tier, first), Ok(Claimed::New));
    }

    #[test]
    fn a_claim_never_makes_room() {
        let tier = Embedded::bounded(2, 1000);
        assert_eq!(look(&tier, Slot::random()), Ok(Claimed::New));
        assert_eq!(look(&tier, Slot::random()), Ok(Claimed::New));
        assert_eq!(look(&tier, Slot::random()), Err(Unavailable));
    }

    #[test]
    fn replies_are_bounded_in_bytes() {
        let tier = Embedded::bounded(100, 10);
        let first = done(&tier, &[0; 6]);
        let second = done(&tier, &[0; 6]);
        assert_eq!(look(&tier, first), Ok(Claimed::New));
        assert!(matches!(look(&tier, second), Ok(Claimed::Done(_))));
        assert_eq!(tier.open().0.bytes, 6);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_expired_takes_no_room() {
        let tier = Embedded::bounded(2, 1000);
        done(&tier, b"1");
        assert_eq!(look(&tier, Slot::random()), Ok(Claimed::New));
        tokio::time::advance(TTL).await;
        let held = tier.open().0;
        assert!(held.entries.is_empty() && held.by_expiry.is_empty());
        assert!(held.by_completion.is_empty() && held.bytes == 0);
    }
}
