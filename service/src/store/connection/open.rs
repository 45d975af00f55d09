//! Opens the connection pools, with a bound on every wait and the durability settings of each database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::raw_sql;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::sessions;
use crate::store::error::{Error, no_answer};

/// Longest wait for a connection, at start-up and while running.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// A connection idle for at least this long is pinged before use. Busy connections are not: each ping costs a round
/// trip.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(1);
/// Writer connections on Postgres: one batch is prepared while another is flushed.
pub(crate) const POSTGRES_WRITERS: u32 = 2;
/// Connections that claim and renew leases of sagas: a claim that waits for a lock does not delay a renewal.
const LEASE_CONNECTIONS: u32 = 2;
/// Connections that claim deliveries and record their results: one for each kind of delivery.
const OUTBOX_CONNECTIONS: u32 = 2;
/// Connections that delete old rows.
const SWEEP_CONNECTIONS: u32 = 1;
/// Connections of health checks.
const HEALTH_CONNECTIONS: u32 = 1;
const OPERATION: &str = "open the database";

/// The settings of a store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database to open.
    pub url: Url,
    /// How long a lease on a saga or delivery lasts after it was taken or renewed.
    pub lease: Duration,
    /// Most connections to Postgres. Commits, leases, deliveries, sweeps and health checks have a fixed number of them,
    /// and reads have the rest. On SQLite, the most connections for reads.
    pub connections: u32,
}

/// The database and its address.
#[derive(Clone)]
pub enum Url {
    /// A SQLite file, created with its folder when missing.
    Sqlite(PathBuf),
    /// A Postgres URL. It may contain a password, so `Debug` hides it.
    Postgres(String),
}

impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        })
    }
}

/// The connection pools of one store. What may take long does not share connections with what must not wait.
///
/// On SQLite every pool that writes is the same single connection: writers of one process queue for it in order, instead
/// of competing for the file lock.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    /// For reads by requests and drivers.
    pub(crate) reads: DatabaseConnection,
    /// For small writes that a request makes; on Postgres the connections of `reads`.
    pub(crate) writes: DatabaseConnection,
    /// For the committer; `POSTGRES_WRITERS` connections on Postgres.
    pub(crate) batches: DatabaseConnection,
    /// For claims and renewals of sagas.
    pub(crate) leases: DatabaseConnection,
    /// For claims and results of deliveries.
    pub(crate) outbox: DatabaseConnection,
    /// For the deletion of old rows.
    pub(crate) sweeps: DatabaseConnection,
    /// For health checks; reads only.
    pub(crate) health: DatabaseConnection,
}

pub(crate) async fn open(url: &Url, connections: u32) -> Result<Pools, Error> {
    match url {
        Url::Sqlite(file) => sqlite(file, connections).await,
        Url::Postgres(url) => Box::pin(postgres(url, connections)).await,
    }
}

async fn postgres(url: &str, connections: u32) -> Result<Pools, Error> {
    let fixed = POSTGRES_WRITERS
        + LEASE_CONNECTIONS
        + OUTBOX_CONNECTIONS
        + SWEEP_CONNECTIONS
        + HEALTH_CONNECTIONS;
    let pool = |connections| connect(postgres_options(url, connections, SESSION));
    let (reads, batches, leases, outbox, sweeps, health) = tokio::try_join!(
        pool(connections.saturating_sub(fixed).max(1)),
        connect(postgres_options(url, POSTGRES_WRITERS, BATCH_SESSION)),
        pool(LEASE_CONNECTIONS),
        pool(OUTBOX_CONNECTIONS),
        connect(postgres_options(url, SWEEP_CONNECTIONS, BATCH_SESSION)),
        pool(HEALTH_CONNECTIONS),
    )?;
    sessions::check(&batches).await?;
    Ok(Pools {
        writes: reads.clone(),
        reads,
        batches,
        leases,
        outbox,
        sweeps,
        health,
    })
}

/// The statement timeout is shorter than `ANSWER_WAIT`, so that the caller still receives the error. Every statement has
/// an index to find its rows by, whatever the planner estimates while a table grows. Set on each connection after it was
/// made, not in its startup message, where PgBouncer refuses unknown parameters.
const SESSION: &str = "SET statement_timeout = '10s'; SET jit = off; SET enable_seqscan = off";
/// For statements that join a few rows with a large table by its primary key. They are planned once, when the tables may
/// still be empty; the batch statement must not be planned again per batch, because it is long.
const BATCH_SESSION: &str = "SET statement_timeout = '10s'; SET jit = off; SET enable_seqscan = off; \
     SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";

fn postgres_options(url: &str, connections: u32, session: &'static str) -> ConnectOptions {
    let mut options = options(url, connections);
    options
        // PgBouncer refuses this startup parameter unless `ignore_startup_parameters` lists it; no column is a float.
        .map_sqlx_postgres_opts(|connect| connect.extra_float_digits(None))
        .map_sqlx_postgres_pool_opts(move |pool| {
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    let set = raw_sql(session).execute(connection).await;
                    set.map(drop)
                })
            })
        });
    options
}

async fn sqlite(file: &Path, connections: u32) -> Result<Pools, Error> {
    if let Some(folder) = file.parent() {
        let made = tokio::fs::create_dir_all(folder).await;
        made.map_err(|error| {
            let why = format!("cannot create the database folder: {error}");
            Error::database(OPERATION, sea_orm::DbErr::Custom(why))
        })?;
    }
    let writes = connect(sqlite_options(file, 1)).await?;
    let reads = connect(sqlite_options(file, connections)).await?;
    let health = connect(sqlite_options(file, HEALTH_CONNECTIONS)).await?;
    Ok(Pools {
        reads,
        batches: writes.clone(),
        leases: writes.clone(),
        outbox: writes.clone(),
        sweeps: writes.clone(),
        writes,
        health,
    })
}

fn sqlite_options(file: &Path, connections: u32) -> ConnectOptions {
    let mut options = options("sqlite:", connections);
    let file = file.to_path_buf();
    options.map_sqlx_sqlite_opts(move |connect| {
        connect
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Not NORMAL, which may lose the last commits in a power failure: a participant may only be called after
            // the commit that names the call is durable.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(CONNECT_WAIT)
    });
    options
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .connect_timeout(CONNECT_WAIT)
        .acquire_timeout(CONNECT_WAIT)
        .test_before_acquire_if_idle_for(IDLE_BEFORE_PING)
        .sqlx_logging(false);
    options
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, Error> {
    let connecting = tokio::time::timeout(CONNECT_WAIT, Database::connect(options)).await;
    let answer = connecting.unwrap_or_else(|_| Err(no_answer()));
    answer.map_err(|source| Error::database(OPERATION, source))
}
