//! The four scripts. Each names one hash, `order:idem:{<slot>}`: `f` the fingerprint, then `o` the owner of a claim, or `r` the reply.
//!
//! They use only what one hash slot holds, so that a cluster can run them.

use std::time::Duration;

use ::redis::{FromRedisValue, ParsingError, Script, ScriptInvocation, Value, from_redis_value};

use super::super::{Owner, Slot};
use crate::domain::Fingerprint;

/// The fingerprint is compared before anything else. ARGV: owner, lease in ms, fingerprints (the first is stored).
const CLAIM: &str = r"
local seen = redis.call('HMGET', KEYS[1], 'f', 'o', 'r')
if seen[1] then
  local same = false
  for i = 3, #ARGV do same = same or ARGV[i] == seen[1] end
  if not same then return {'other'} end
  if seen[3] then return {'done', seen[3]} end
  if seen[2] == ARGV[1] then return {'new'} end
  return {'busy', redis.call('PTTL', KEYS[1])}
end
redis.call('HSET', KEYS[1], 'f', ARGV[3], 'o', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'new'}";

/// ARGV: owner, lease in ms.
const RENEW: &str = r"
if redis.call('HGET', KEYS[1], 'o') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// ARGV: owner, time to live in ms, reply.
const COMPLETE: &str = r"
if redis.call('HGET', KEYS[1], 'o') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'o')
redis.call('HSET', KEYS[1], 'r', ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// ARGV: owner.
const RELEASE: &str = r"
if redis.call('HGET', KEYS[1], 'o') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// The scripts with their digests.
#[derive(Debug)]
pub(super) struct Scripts {
    claim: Script,
    renew: Script,
    complete: Script,
    release: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            claim: Script::new(CLAIM),
            renew: Script::new(RENEW),
            complete: Script::new(COMPLETE),
            release: Script::new(RELEASE),
        }
    }
}

impl Scripts {
    pub(super) fn claim(
        &self,
        slot: Slot,
        fingerprints: &[Fingerprint],
        owner: Owner,
        lease: Duration,
    ) -> ScriptInvocation<'_> {
        let mut call = self.claim.key(name(slot));
        call.arg(owner.as_bytes()).arg(millis(lease));
        for fingerprint in fingerprints {
            call.arg(&fingerprint[..]);
        }
        call
    }

    pub(super) fn renew(&self, slot: Slot, owner: Owner, lease: Duration) -> ScriptInvocation<'_> {
        let mut call = self.renew.key(name(slot));
        call.arg(owner.as_bytes()).arg(millis(lease));
        call
    }

    pub(super) fn complete(
        &self,
        slot: Slot,
        owner: Owner,
        reply: &[u8],
        ttl: Duration,
    ) -> ScriptInvocation<'_> {
        let mut call = self.complete.key(name(slot));
        call.arg(owner.as_bytes()).arg(millis(ttl)).arg(reply);
        call
    }

    pub(super) fn release(&self, slot: Slot, owner: Owner) -> ScriptInvocation<'_> {
        let mut call = self.release.key(name(slot));
        call.arg(owner.as_bytes());
        call
    }
}

/// What the claim script answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    New,
    Other,
    Done(Vec<u8>),
    Busy(Duration),
}

impl FromRedisValue for Answer {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let mut parts: Vec<Value> = from_redis_value(value)?;
        let argument = (parts.len() == 2).then(|| parts.remove(1));
        let word: String = match parts.pop() {
            Some(word) => from_redis_value(word)?,
            None => return Err("an empty answer".into()),
        };
        match (word.as_str(), argument) {
            ("new", None) => Ok(Self::New),
            ("other", None) => Ok(Self::Other),
            ("done", Some(reply)) => Ok(Self::Done(from_redis_value(reply)?)),
            ("busy", Some(left)) => {
                let left: i64 = from_redis_value(left)?;
                Ok(Self::Busy(Duration::from_millis(
                    left.max(0).unsigned_abs(),
                )))
            }
            (_, _) => Err("an answer that the script does not give".into()),
        }
    }
}

/// The braces keep all that a slot may ever hold on one node of a cluster.
fn name(slot: Slot) -> String {
    format!("order:idem:{{{slot}}}")
}

/// At least 1 ms: with 0, Redis deletes the key at once and PEXPIRE has another reply.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, i64::MAX.unsigned_abs() / 2)
}
