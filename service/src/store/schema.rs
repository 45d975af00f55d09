//! Brings the schema up to this binary, and says how far it is. Knows no table but the list of migrations.

use std::time::Duration;

use order_migration::{Migrator, MigratorTrait};
use sea_orm::DatabaseConnection;

use super::Error;
use super::fault::bounded;

/// How often a replica that another one was faster than looks again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Every migration that this binary knows, oldest first, and whether the database has it.
pub(super) async fn migrations(db: &DatabaseConnection) -> Result<Vec<(String, bool)>, Error> {
    let applied = bounded("list migrations", order_migration::applied(db)).await?;
    let known = Migrator::migrations();
    Ok(known
        .iter()
        .map(|migration| {
            let name = migration.name().to_owned();
            let is_applied = applied.contains(&name);
            (name, is_applied)
        })
        .collect())
}

/// Names what the database lacks. A schema newer than this binary lacks nothing.
pub(super) async fn missing(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let all = migrations(db).await?;
    Ok(all
        .into_iter()
        .filter(|(_, applied)| !applied)
        .map(|(name, _)| name)
        .collect())
}

/// Applies what is missing. Replicas that migrate at once collide in the catalogue, where `IF NOT EXISTS` does not
/// help: one wins, and the others look again until nothing is missing. Dropped half-way, it leaves whole migrations on
/// Postgres, and tables that the next run finds on SQLite.
pub(super) async fn migrate(db: &DatabaseConnection) -> Result<(), Error> {
    let mut tries = 0;
    while !missing(db).await?.is_empty() {
        tries += 1;
        match Migrator::up(db, None).await {
            Ok(()) => {}
            Err(source) if tries >= TRIES => return Err(Error::told("migrate", source)),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(())
}
