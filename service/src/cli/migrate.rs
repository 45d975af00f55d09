//! `order-service migrate`: the database's schema.

use clap::{Args, Subcommand};

use super::variable;
use crate::config::Database;

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
    let database = Database::load(&variable)?;
    match arguments.command {
        Command::Up => up(&database).await,
        Command::Status => status(&database).await,
    }
}

async fn up(database: &Database) -> anyhow::Result<()> {
    let _ = database;
    anyhow::bail!("the store is not wired")
}

async fn status(database: &Database) -> anyhow::Result<()> {
    let _ = database;
    anyhow::bail!("the store is not wired")
}
