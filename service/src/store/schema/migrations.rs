//! Lists and applies migrations. Knows no table except sea-orm's list of applied migrations.

use std::time::Duration;

use order_migration::{Migrator, MigratorTrait};
use sea_orm::DatabaseConnection;

use crate::store::connection::bounded;
use crate::store::error::Error;

/// Attempts of a replica that collides with another one.
const ATTEMPTS_MAX: u32 = 20;
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Every migration that this binary knows, oldest first, and whether it is applied.
pub(super) async fn list(db: &DatabaseConnection) -> Result<Vec<(String, bool)>, Error> {
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

/// Names of the known migrations that are not applied, oldest first.
pub(super) async fn missing(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let all = list(db).await?;
    Ok(all
        .into_iter()
        .filter(|(_, applied)| !applied)
        .map(|(name, _)| name)
        .collect())
}

/// Applies the missing migrations. Replicas that migrate concurrently collide in the catalogue, where `IF NOT EXISTS`
/// does not help: one succeeds, the others retry until nothing is missing.
///
/// Dropped midway, it leaves complete migrations on Postgres, and on SQLite possibly tables without their record, which
/// the next run accepts.
pub(super) async fn apply(db: &DatabaseConnection) -> Result<(), Error> {
    let mut attempts = 0;
    while !missing(db).await?.is_empty() {
        attempts += 1;
        match Migrator::up(db, None).await {
            Ok(()) => {}
            Err(source) if attempts >= ATTEMPTS_MAX => {
                return Err(Error::database("migrate the schema", source));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(())
}
