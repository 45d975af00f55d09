//! The only room with SQL: orders, sagas, ledger, outbox and idempotency keys on Postgres or SQLite.
//!
//! Applies each commit atomically and at most once. Does not know what a commit means.

mod clock;
mod commit;
mod connection;
mod entity;
mod error;
pub mod journal;
mod keys;
mod lease;
mod outbox;
mod read;
mod row;
mod schema;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use connection::{Settings, Url};
pub use error::Error;
pub use outbox::RetryOutcome;
pub use read::{OrderRecords, OrderReference, SagaVersion, Table, UnreadableOrder};

use clock::Clock;
use commit::committer::Committer;
use connection::Pools;

/// Readings of the database's time taken at start-up; the one with the shortest round trip is the most exact.
const FIRST_READINGS: usize = 3;

/// A handle to the database. Clones share its connection pools, writer tasks and clock.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    committer: Committer,
    clock: Arc<Clock>,
    lease: Duration,
}

/// Shows the backend only: the URL may contain a password.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store")
            .field(&self.pools.reads.get_database_backend())
            .finish()
    }
}

impl Store {
    /// Connects, within 5 s per pool, and syncs the clock with the database. Does not check the schema.
    ///
    /// Errors: Unavailable, Refused.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let pools = connection::open(&settings.url, settings.connections).await?;
        let clock = Arc::new(Clock::new());
        for _ in 0..FIRST_READINGS {
            clock::sync(&pools.reads, &clock).await?;
        }
        Ok(Self {
            committer: Committer::start(&pools.batches, settings.lease, &clock),
            pools,
            clock,
            lease: settings.lease,
        })
    }

    /// Checks that the database answers, and syncs the clock with it. Errors: Unavailable.
    pub async fn ping(&self) -> Result<(), Error> {
        clock::sync(&self.pools.health, &self.clock).await
    }

    fn lease_us(&self) -> i64 {
        i64::try_from(self.lease.as_micros()).unwrap_or(i64::MAX)
    }
}
