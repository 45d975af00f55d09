//! The command line: what can be started, and what is said about it.
//!
//! Owns standard output. Knows how parts are started and stopped, and nothing of what they do.

mod audit;
mod dev;
mod embedded;
mod hints;
mod load;
mod migrate;
mod sandbox;
mod serve;
mod signals;
mod stack;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// How long work that nobody waits for any more may hold up the end.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// Books tickets: holds seats, takes the money, confirms, or undoes it all.
///
/// Without a command it starts everything that a first booking needs, in one process: the service (gRPC), the gateway
/// (HTTP/JSON) and a sandbox that plays the four participants.
#[derive(Debug, Parser)]
#[command(
    name = "order-service",
    version,
    after_help = "Examples:\n  \
        order-service                        everything at once; prints a curl line that books a ticket\n  \
        order-service load duplicates        ten requests, one idempotency key, one booking\n  \
        order-service load bookings --concurrency 16 --duration 10s\n  \
        order-service audit                  whether orders, books and participants agree\n  \
        POSTGRES_URL=postgres://… order-service migrate up\n  \
        POSTGRES_URL=postgres://… DATA_KEY=… INVENTORY_URL=… order-service serve\n\n\
        Settings are environment variables; the README lists them."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start service, gateway and sandbox in one process (the default)
    ///
    /// SQLite in DATA_DIR (./data) unless POSTGRES_URL is set; the sandbox unless all four participants' URLs are set;
    /// DATA_KEY and WEBHOOK_SECRET are made and kept in DATA_DIR unless set.
    Dev,
    /// Start the service for production
    ///
    /// Needs INVENTORY_URL, PAYMENT_URL, NOTIFICATION_URL, SUBSCRIPTION_URL and DATA_KEY; for more than one replica also
    /// POSTGRES_URL (and REDIS_ADDR), migrated with `order-service migrate up`. JSON is the gateway's: `order-gateway`.
    Serve,
    /// Start the four participants' stand-in alone, so that it outlives a killed service
    Sandbox(sandbox::Arguments),
    /// Bring the database's schema up to date, or show where it stands
    Migrate(migrate::Arguments),
    /// Send bookings: to see that duplicates have one effect, or to measure
    Load(load::Arguments),
    /// Compare orders, ledger and messages with each other and with what the participants report
    ///
    /// Reads the same settings as the service, changes nothing, and may run beside it.
    Audit(audit::Arguments),
}

/// An audit that found nothing to say: neither clean nor not.
const NOT_RUN: u8 = 2;

/// Runs the command that the arguments name: exit code 0 when it went well, 1 with one line when not, 2 for wrong usage;
/// `audit` has its own.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(run(arguments.command.unwrap_or(Command::Dev)));
    runtime.shutdown_timeout(LEAVE_WITHIN);
    match done {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev => dev::run().await,
        Command::Serve => serve::run().await,
        Command::Sandbox(arguments) => sandbox::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Load(arguments) => Box::pin(load::run(arguments)).await,
        Command::Audit(arguments) => {
            return Ok(audit::run(arguments).await.unwrap_or_else(|error| {
                failed(&error);
                ExitCode::from(NOT_RUN)
            }));
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Says what went wrong in one line, causes behind colons.
fn failed(error: &anyhow::Error) -> ExitCode {
    let line = format!("{error:#}").replace('\n', " ");
    eprintln!("error: {line}");
    ExitCode::FAILURE
}

/// One environment variable, if it is text.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Prints one line for people, to standard output.
#[expect(clippy::print_stdout, reason = "standard output is the command line's")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_described_without_contradiction() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_starts_everything() {
        let arguments = Arguments::try_parse_from(["order-service"]).expect("it is enough");
        assert!(arguments.command.is_none());
    }

    #[test]
    fn help_teaches_with_examples() {
        let help = Arguments::command().render_long_help().to_string();
        for word in [
            "dev",
            "serve",
            "sandbox",
            "migrate",
            "load duplicates",
            "audit",
            "POSTGRES_URL",
        ] {
            assert!(help.contains(word), "{word}");
        }
    }
}
