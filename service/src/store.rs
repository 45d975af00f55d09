//! The only room with SQL: orders, sagas, ledger, outbox and keys on Postgres or SQLite.
//!
//! Knows how a commit is written whole and once, and nothing of what it means.

mod body;
mod books;
mod clock;
mod committer;
mod deliveries;
mod dossier;
mod entity;
mod expire;
mod facts;
mod fault;
mod glimpse;
pub mod journal;
mod lease;
mod open;
mod outbox;
mod postgres;
mod read;
mod row;
mod schema;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;
mod webhooks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::domain::{Commit, DeliveryId, Order, ReplicaId, Saga, SagaId, Timestamp};

pub use deliveries::Revived;
pub use dossier::{Dossier, Filed, Naming, Table};
pub use glimpse::Glimpse;
pub use open::{Settings, Url};

use crate::domain::{Claimed, DueDelivery, Outcome};
use clock::Clock;
use committer::Committer;
use fault::bounded;
use journal::{Journal, Outbox};
use open::Pools;

/// How often the database's time is asked at start: the quickest answer is the most exact.
const FIRST_READINGS: usize = 3;

/// A store operation that failed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached, or its answer was lost: try the same again.
    #[error("the database is not reachable while it should {operation}")]
    Unavailable {
        /// What was being done, such as `commit sagas`.
        operation: &'static str,
        /// Why.
        #[source]
        source: DbErr,
    },
    /// The database refused what it was told: a fault of ours.
    #[error("the database refused to {operation}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: DbErr,
    },
    /// The schema is older than this binary.
    #[error("the database's schema is older than this program: run `order-service migrate up`")]
    Schema {
        /// The migrations that it lacks, oldest first.
        missing: Vec<String>,
    },
    /// A row cannot be read.
    #[error("the {what} {id} cannot be read: {why}")]
    Corrupt {
        /// `order`, `saga`, `delivery`.
        what: &'static str,
        /// Which one.
        id: String,
        /// Why not.
        why: String,
    },
}

impl Error {
    /// Whether the same may be tried again, because the database was away.
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused { .. } | Self::Schema { .. } | Self::Corrupt { .. } => false,
        }
    }
}

/// The database. Clones share its connections and its writers.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    committer: Committer,
    clock: Arc<Clock>,
    lease: Duration,
}

/// Never shows the URL, which may hold a password.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store")
            .field(&self.pools.reads.get_database_backend())
            .finish()
    }
}

impl Store {
    /// Connects, within 5 s per pool, and hears what time it is. The schema may be old, or missing.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let pools = open::open(&settings.url, settings.connections.max(1)).await?;
        let clock = Arc::new(Clock::new());
        for _ in 0..FIRST_READINGS {
            hear_time(&pools.reads, &clock).await?;
        }
        Ok(Self {
            committer: Committer::start(&pools.batches, settings.lease, &clock),
            pools,
            clock,
            lease: settings.lease,
        })
    }

    /// Brings the schema up to this binary. Replicas may do it at once; what is there already stays.
    pub async fn migrate(&self) -> Result<(), Error> {
        schema::migrate(&self.pools.writes).await
    }

    /// Every migration that this binary knows, oldest first, and whether the database has it.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, Error> {
        schema::migrations(&self.pools.reads).await
    }

    /// Refuses a schema that lacks a migration. One that is newer than this binary is accepted (RULE 16).
    pub async fn check_schema(&self) -> Result<(), Error> {
        let missing = schema::missing(&self.pools.reads).await?;
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::Schema { missing })
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        hear_time(&self.pools.reads, &self.clock).await
    }

    /// Whether the database answers a commit before it is durable (RULE 17).
    pub async fn may_lose_commits(&self) -> Result<bool, Error> {
        let db = &self.pools.batches;
        let backend = db.get_database_backend();
        if backend != DbBackend::Postgres {
            return Ok(false);
        }
        let asked = "SELECT current_setting('synchronous_commit') = 'off' AS off";
        let asked = db.query_one_raw(Statement::from_string(backend, asked));
        let row = bounded("tell its settings", asked).await?;
        let off = row.map(|row| row.try_get::<bool>("", "off")).transpose();
        let off = off.map_err(|source| Error::told("tell its settings", source))?;
        Ok(off.unwrap_or(false))
    }

    fn lease_us(&self) -> i64 {
        i64::try_from(self.lease.as_micros()).unwrap_or(i64::MAX)
    }
}

impl Journal for Store {
    async fn commit(&self, commit: Commit) -> Result<Outcome, Error> {
        self.committer.commit(commit).await
    }

    async fn claim(
        &self,
        owner: &ReplicaId,
        plans: &[(&str, u32)],
        limit: usize,
    ) -> Result<Vec<Claimed>, Error> {
        self.claim_due(owner, plans, limit).await
    }

    async fn renew(
        &self,
        owner: &ReplicaId,
        sagas: &[(SagaId, i64)],
    ) -> Result<Vec<SagaId>, Error> {
        self.extend(owner, sagas).await
    }

    async fn give_up(&self, owner: &ReplicaId) -> Result<u64, Error> {
        self.release(owner).await
    }

    async fn load(&self, saga_id: SagaId) -> Result<Option<(Saga, Order)>, Error> {
        self.saga_with_order(saga_id).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

async fn hear_time(db: &DatabaseConnection, clock: &Clock) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let sql = format!("SELECT {} AS us", facts::now_us(backend));
    let asked = Instant::now();
    let row = bounded(
        "tell the time",
        db.query_one_raw(Statement::from_string(backend, sql)),
    )
    .await?;
    let told = row.map(|row| row.try_get::<i64>("", "us")).transpose();
    match told.map_err(|source| Error::told("tell the time", source))? {
        Some(now_us) => {
            clock.hear(asked, Instant::now(), now_us);
            Ok(())
        }
        None => Err(Error::told("tell the time", fault::no_answer())),
    }
}

impl Outbox for Store {
    async fn claim_deliveries(
        &self,
        owner: &ReplicaId,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, Error> {
        Self::claim_deliveries(self, owner, limit).await
    }

    async fn delivered(&self, taken: &[DeliveryId]) -> Result<(), Error> {
        Self::delivered(self, taken).await
    }

    async fn delivery_failed(
        &self,
        delivery_id: DeliveryId,
        error: &str,
        retry_after: Option<Duration>,
    ) -> Result<(), Error> {
        Self::delivery_failed(self, delivery_id, error, retry_after).await
    }
}
