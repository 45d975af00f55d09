//! `order-service migrate`: applies and lists the migrations of the database.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use order_ownership::Ownership;
use order_settings::Source;

use super::output::print_line;
use crate::config::Database;
use crate::server;

/// Migrations claim no saga; the store requires a lease.
const LEASE: Duration = Duration::from_secs(1);

/// What to do with the schema.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  POSTGRES_URL=postgres://user:password@host/orders order-service migrate up"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply every migration that the database lacks; nothing when there is none
    Up,
    /// List the migrations, and whether each is applied
    Status,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let database = Database::load(&Source::process())?;
    match arguments.command {
        Command::Up => up(&database).await,
        Command::Status => status(&database).await,
    }
}

/// A running service has migrated its SQLite file itself, and the file's folder has one owner (rule 36).
async fn up(database: &Database) -> anyhow::Result<()> {
    let _owned = match database {
        Database::Sqlite(file) => {
            let folder = file.parent().context("DATA_DIR is no folder")?;
            Some(Ownership::of_folder(folder).context("DATA_DIR")?)
        }
        Database::Postgres { .. } => None,
    };
    let store = server::open_store(database, LEASE).await?;
    let before = applied(&store.migrations().await?);
    store.migrate().await?;
    let after = applied(&store.migrations().await?);
    print_line(format!(
        "{} migrations applied, {after} in all",
        after - before
    ));
    Ok(())
}

async fn status(database: &Database) -> anyhow::Result<()> {
    let store = server::open_store(database, LEASE).await?;
    for (name, applied) in store.migrations().await? {
        let state = if applied { "applied" } else { "missing" };
        print_line(format!("{state}  {name}"));
    }
    Ok(())
}

fn applied(migrations: &[(String, bool)]) -> usize {
    migrations.iter().filter(|(_, applied)| *applied).count()
}
