//! The database schema as a list of migrations, the same for Postgres and SQLite.
//!
//! Expand and contract only: a migration adds only what older binaries can ignore, and removes only what no deployed
//! binary reads. Knows tables and columns, not their meaning.

mod m20261122_000001_orders_and_sagas;
mod m20261122_000002_webhooks;
mod m20261122_000003_books_balance;
mod m20261122_000004_lists_and_sweeps;
mod table;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbErr, EntityTrait};
use sea_orm_migration::{
    MigrationTrait, SchemaManager, async_trait::async_trait, seaql_migrations,
};

/// The migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_orders_and_sagas::Migration),
            Box::new(m20261122_000002_webhooks::Migration),
            Box::new(m20261122_000003_books_balance::Migration),
            Box::new(m20261122_000004_lists_and_sweeps::Migration),
        ]
    }
}

/// Names of the applied migrations, including those that this binary does not know. Reads only, so it works for a
/// database user without the right to create tables.
pub async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let table = Migrator::migration_table_name().to_string();
    if !SchemaManager::new(db).has_table(table).await? {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
