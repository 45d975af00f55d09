//! Opens the database: pools whose every wait is bounded, and what each database is told about durability.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::fault::no_answer;
use super::{Error, committer};

/// Longest wait for a connection, at start and later.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// After this a server gives a statement up: less than what a caller waits, so that the caller hears of it.
const STATEMENT_WAIT: Duration = Duration::from_secs(10);
/// A connection that idled this long is tried before it is used. Busy ones are not: that would cost a round trip each.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(1);
const OPERATION: &str = "open";

/// Where the data is, and how it is shared.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub url: Url,
    /// How long a replica owns a saga or a delivery after it last said so.
    pub lease: Duration,
    /// At most this many connections for reads and claims; commits have their own few.
    pub connections: u32,
}

/// Which database.
#[derive(Clone)]
pub enum Url {
    /// A SQLite file, made when it is missing.
    Sqlite(PathBuf),
    /// A Postgres URL. It may hold a password: never shown.
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

/// The pools of one store.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// For reading.
    pub(super) reads: DatabaseConnection,
    /// For claims and other small writes. On SQLite the one connection that writes: writers of one process queue here,
    /// in order, and not at the file's lock.
    pub(super) writes: DatabaseConnection,
    /// For the committer.
    pub(super) batches: DatabaseConnection,
}

pub(super) async fn open(url: &Url, connections: u32) -> Result<Pools, Error> {
    match url {
        Url::Sqlite(file) => sqlite(file, connections).await,
        Url::Postgres(url) => postgres(url, connections).await,
    }
}

async fn postgres(url: &str, connections: u32) -> Result<Pools, Error> {
    let reads = connect(options(url, connections)).await?;
    let mut options = options(url, committer::POSTGRES_WRITERS);
    // The batch statement finds rows by primary key and nothing else. Planned once, while the tables may still be
    // empty, it must neither be planned again for each batch (it is long) nor ever read a whole table.
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
            let why = format!("cannot make the folder of the database: {error}");
            Error::told(OPERATION, sea_orm::DbErr::Custom(why))
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
            // Not NORMAL, which may lose the last commits with the power: no participant is called before the commit
            // that names the call is durable.
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
    answer.map_err(|source| Error::told(OPERATION, source))
}
