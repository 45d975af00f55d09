//! Settings of the database: Postgres by its URL, or SQLite in a folder.

use std::path::PathBuf;

use clap::Args;
use order_settings::value::Refused;
use order_settings::{Faults, Source};
use reqwest::Url;

use super::{credentials, section};
use crate::domain::Secret;

/// Which database, and where.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(PathBuf),
    /// A server, and how many connections to it one process may open.
    Postgres {
        /// May contain a password.
        url: Secret,
        /// Most connections of this process.
        connections: u32,
    },
}

#[derive(Debug, Clone, Args)]
#[group(id = "storage")]
#[command(next_help_heading = "Database")]
pub(super) struct Storage {
    /// Folder of the SQLite database, and of the secrets that `dev` makes
    ///
    /// Must be a path
    #[arg(long, env = "DATA_DIR", default_value = "./data")]
    pub(super) data_dir: PathBuf,
    /// Postgres server; without it orders are kept in SQLite, and claims of idempotency keys in memory
    ///
    /// Must be a URL such as `postgres://user:password@host:5432/database`, with `/`, `?`, `#` and `%` of the password percent-encoded
    #[arg(long, env = "POSTGRES_URL", hide_env_values = true, value_parser = postgres_url)]
    postgres_url: Option<Secret>,
    /// Most connections of one process to Postgres
    ///
    /// Must be a whole number from 12 to 1000
    // Reads, claims, commits, deliveries and health checks have connections of their own.
    #[arg(long, env = "POSTGRES_CONNECTIONS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(12..=1_000))]
    pub(super) postgres_connections: u32,
}

impl Storage {
    pub(super) fn database(&self) -> Database {
        match &self.postgres_url {
            Some(url) => Database::Postgres {
                url: url.clone(),
                connections: self.postgres_connections,
            },
            None => Database::Sqlite(self.data_dir.join("orders.db")),
        }
    }
}

impl Database {
    /// The setting that says where the database is.
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "DATA_DIR",
            Self::Postgres { .. } => "POSTGRES_URL",
        }
    }

    /// Reads only where the database is, for commands that need nothing else.
    ///
    /// # Errors
    /// A fault of POSTGRES_URL or DATA_DIR.
    pub fn load(source: &Source<'_>) -> Result<Self, Faults> {
        section::read(source, |storage: Storage, _| storage.database())
    }
}

fn postgres_url(text: &str) -> Result<Secret, Refused> {
    let url = Url::parse(text).map_err(|_| Refused)?;
    if !credentials::are_escaped(text) {
        return Err(Refused);
    }
    if matches!(url.scheme(), "postgres" | "postgresql") {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err(Refused)
    }
}
