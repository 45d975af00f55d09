//! The schema and its durability settings: what is applied, what is missing, and applying it.

mod migrations;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::connection::bounded;
use super::{Error, Store};

const READ_SETTINGS: &str = "read the database's settings";

impl Store {
    /// Applies every missing migration. Several replicas may migrate at the same time; applying is idempotent.
    pub async fn migrate(&self) -> Result<(), Error> {
        migrations::apply(&self.pools.writes).await
    }

    /// Every migration that this binary knows, oldest first, and whether it is applied.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, Error> {
        migrations::list(&self.pools.reads).await
    }

    /// Fails with `Schema` if a migration is missing. A schema newer than this binary is accepted (RULE 16).
    pub async fn check_schema(&self) -> Result<(), Error> {
        let missing = migrations::missing(&self.pools.reads).await?;
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::Schema { missing })
        }
    }

    /// Whether the database acknowledges a commit before it is durable: Postgres with `synchronous_commit` off
    /// (RULE 17).
    pub async fn may_lose_commits(&self) -> Result<bool, Error> {
        let db = &self.pools.batches;
        let backend = db.get_database_backend();
        if backend != DbBackend::Postgres {
            return Ok(false);
        }
        let query = "SELECT current_setting('synchronous_commit') = 'off' AS off";
        let query = db.query_one_raw(Statement::from_string(backend, query));
        let row = bounded(READ_SETTINGS, query).await?;
        let off = row.map(|row| row.try_get::<bool>("", "off")).transpose();
        let off = off.map_err(|source| Error::database(READ_SETTINGS, source))?;
        Ok(off.unwrap_or(false))
    }
}
