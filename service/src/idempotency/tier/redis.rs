//! The fast tier in Redis: one script, one round trip for each operation.
//!
//! Every call is bounded. While Redis is unreachable no request waits for it; a background probe reconnects.

mod health;
mod link;
mod script;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{FromRedisValue, ScriptInvocation};
use bb8_redis::bb8::{Pool, RunError};
use bytes::Bytes;

use super::{Claimed, Owner, Slot, Unavailable, retry_after};
use crate::config::{InvalidRedisAddress, RedisAddress};
use crate::domain::Fingerprint;
use health::Health;
use link::Dialer;
use script::{Answer, Scripts};

/// Longest time that a request waits for Redis.
const CALL_TIMEOUT: Duration = Duration::from_millis(500);
/// Interval of probes while Redis is unreachable.
const PROBE_PERIOD: Duration = Duration::from_millis(500);
/// Most connections.
const CONNECTIONS_MAX: u32 = 16;

/// Claims and replies in Redis. Clones share its connections.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

/// Shows no address: it may hold a password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("health", &self.inner.health)
            .finish_non_exhaustive()
    }
}

struct Inner {
    pool: Pool<Dialer>,
    scripts: Scripts,
    health: Arc<Health>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it did not answer in time")]
    Late,
    #[error(transparent)]
    Refused(#[from] ::redis::RedisError),
}

impl Redis {
    /// Uses the Redis at this address. If it is unreachable, logs that once and keeps probing in the background.
    ///
    /// # Errors
    /// When a client cannot be built for the address.
    pub async fn connect(address: &RedisAddress) -> Result<Self, InvalidRedisAddress> {
        let health = Arc::new(Health::default());
        let dialer = Dialer::new(address.connection_info(), Arc::clone(&health))?;
        let pool = Pool::builder()
            .max_size(CONNECTIONS_MAX)
            .connection_timeout(CALL_TIMEOUT)
            .retry_connection(false)
            .build_unchecked(dialer);
        let tier = Self {
            inner: Arc::new(Inner {
                pool,
                scripts: Scripts::default(),
                health,
            }),
        };
        let epoch = tier.inner.health.epoch();
        if let Err(failure) = tier.inner.probe().await {
            tier.fell(epoch, &failure);
        }
        Ok(tier)
    }

    /// Whether Redis answered the last call.
    pub fn is_reachable(&self) -> bool {
        !self.inner.health.is_down()
    }

    pub(super) async fn claim(
        &self,
        slot: Slot,
        fingerprints: &[Fingerprint],
        owner: Owner,
        lease: Duration,
    ) -> Result<Claimed, Unavailable> {
        let script = self.inner.scripts.claim(slot, fingerprints, owner, lease);
        Ok(match self.call(&script).await? {
            Answer::New => Claimed::New,
            Answer::Other => Claimed::Other,
            Answer::Done(reply) => Claimed::Done(Bytes::from(reply)),
            Answer::Busy(left) => Claimed::Busy {
                retry_after: retry_after(left),
            },
        })
    }

    pub(super) async fn renew(
        &self,
        slot: Slot,
        owner: Owner,
        lease: Duration,
    ) -> Result<bool, Unavailable> {
        self.call(&self.inner.scripts.renew(slot, owner, lease))
            .await
    }

    pub(super) async fn complete(
        &self,
        slot: Slot,
        owner: Owner,
        reply: &[u8],
        ttl: Duration,
    ) -> Result<bool, Unavailable> {
        self.call(&self.inner.scripts.complete(slot, owner, reply, ttl))
            .await
    }

    pub(super) async fn release(&self, slot: Slot, owner: Owner) -> Result<bool, Unavailable> {
        self.call(&self.inner.scripts.release(slot, owner)).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Unavailable> {
        let epoch = self.inner.health.epoch();
        if self.inner.health.is_down() {
            return Err(Unavailable);
        }
        self.inner.run(script).await.map_err(|failure| {
            self.fell(epoch, &failure);
            Unavailable
        })
    }

    /// Logs once that Redis is unreachable, and starts the probe.
    fn fell(&self, epoch: u64, failure: &Failure) {
        if !self.inner.health.fall(epoch) {
            return;
        }
        tracing::warn!(error = %failure, "Redis cannot be reached: the database alone guards idempotency keys until it is back");
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROBE_PERIOD).await;
                let Some(inner) = inner.upgrade() else {
                    return;
                };
                if inner.probe().await.is_ok() {
                    inner.health.rise();
                    tracing::info!("Redis is back: it guards idempotency keys again");
                    return;
                }
            }
        });
    }
}

impl Inner {
    /// Claims and releases an unused slot: Redis is healthy only if it accepts writes.
    async fn probe(&self) -> Result<(), Failure> {
        let (slot, owner) = (Slot::random(), Owner::random());
        let claim = self.scripts.claim(slot, &[[0; 32]], owner, PROBE_PERIOD);
        self.run::<Answer>(&claim).await?;
        self.run::<bool>(&self.scripts.release(slot, owner)).await?;
        Ok(())
    }

    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Failure> {
        let attempt = async {
            let mut link = self.pool.get().await.map_err(|error| match error {
                RunError::User(error) => Failure::Refused(error),
                RunError::TimedOut => Failure::Late,
            })?;
            // A cancelled call leaves the mark set, and the pool discards the connection.
            link.broken = true;
            let answer = script.invoke_async(&mut link.connection).await;
            link.broken = answer.is_err();
            Ok(answer?)
        };
        tokio::time::timeout(CALL_TIMEOUT, attempt)
            .await
            .unwrap_or(Err(Failure::Late))
    }
}
