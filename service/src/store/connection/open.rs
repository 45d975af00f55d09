//! Opens the connection pools, with a bound on every wait and the durability settings of each database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::store::error::{Error, no_answer};

/// Longest wait for a connection, at start-up and while running.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// Statement timeout at the server. Shorter than `ANSWER_WAIT`, so that the caller still receives the error.
const STATEMENT_WAIT: Duration = Duration::from_secs(10);
/// A connection idle for at least this long is pinged before use. Busy connections are not: each ping costs a round
/// trip.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(1);
/// Writer connections on Postgres: one batch is prepared while another is flushed.
pub(crate) const POSTGRES_WRITERS: u32 = 2;
const OPERATION: &str = "open the database";

/// The settings of a store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database to open.
    pub url: Url,
    /// How long a lease on a saga or delivery lasts after it was taken or renewed.
    pub lease: Duration,
    /// Most connections for reads and claims, at least 1. The committer has its own connections.
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

/// The connection pools of one store.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    /// For reads; up to `Settings::connections`.
    pub(crate) reads: DatabaseConnection,
    /// For claims and other small writes. On SQLite this is the only writing connection: writers of one process queue
    /// for it in order, instead of competing for the file lock.
    pub(crate) writes: DatabaseConnection,
    /// For the committer; `POSTGRES_WRITERS` connections on Postgres, the writing connection on SQLite.
    pub(crate) batches: DatabaseConnection,
}

pub(crate) async fn open(url: &Url, connections: u32) -> Result<Pools, Error> {
    match url {
        Url::Sqlite(file) => sqlite(file, connections).await,
        Url::Postgres(url) => postgres(url, connections).await,
    }
}

async fn postgres(url: &str, connections: u32) -> Result<Pools, Error> {
    let reads = connect(options(url, connections)).await?;
    let mut options = options(url, POSTGRES_WRITERS);
    // The batch statement finds rows by primary key only. It is planned once, when the tables may still be empty; it
    // must neither be planned again per batch, because it is long, nor ever scan a whole table.
    options.map_sqlx_postgres_opts(|connect| {
        connect.options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("jit", "off"),
        ])
    });
    let batches = connect(options).await?;
    Ok(Pools {
        writes: reads.clone(),
        reads,
        batches,
    })
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
    Ok(Pools {
        reads,
        batches: writes.clone(),
        writes,
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
        .statement_timeout(STATEMENT_WAIT)
        .test_before_acquire_if_idle_for(IDLE_BEFORE_PING)
        .sqlx_logging(false);
    options
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, Error> {
    let connecting = tokio::time::timeout(CONNECT_WAIT, Database::connect(options)).await;
    let answer = connecting.unwrap_or_else(|_| Err(no_answer()));
    answer.map_err(|source| Error::database(OPERATION, source))
}
