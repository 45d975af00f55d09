//! The command line of `order-service`.
//!
//! Owns the commands, their exit codes, and standard output. Knows how parts are started and stopped, not what they do.

mod audit;
mod check;
mod dev;
mod embedded;
mod examples;
mod load;
mod migrate;
mod output;
mod process;
mod sandbox;
mod serve;
mod signals;
mod stack;
mod webhook;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use order_settings::{Faults, Source};

use crate::config::{self, Reader};

/// How long tasks that are still running may delay the end of the process.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// What follows the list of commands.
const EXAMPLES: &str = "Examples:
  order-service                        everything in one process, and a curl line to paste
  order-service load duplicates        ten requests, one idempotency key, one booking
  order-service load bookings --concurrency 16 --duration 10s
  order-service audit                  whether orders, ledger and participants agree
  order-service webhook                a signed test webhook, as the Payment service sends it
  order-service check                  whether `serve` would start with these settings
  POSTGRES_URL=postgres://… order-service migrate up
  POSTGRES_URL=postgres://… DATA_KEY=… INVENTORY_URL=… order-service serve";

/// Books tickets: holds seats, takes the money and confirms, or undoes all of it
///
/// Without a command it starts everything that a first booking needs, in one process: the service (gRPC), the gateway
/// (HTTP/JSON) and a sandbox that stands in for the four participants.
#[derive(Debug, Parser)]
#[command(
    name = "order-service",
    version,
    after_help = format!("{EXAMPLES}\n\nSettings are environment variables; `--help` lists them."),
    after_long_help = format!("{EXAMPLES}\n\n{}", config::help()),
)]
struct Arguments {
    /// Print the settings that hold for the command, secrets redacted, and start nothing
    #[arg(long, global = true)]
    print_config: bool,
    /// Print the reference of all settings as Markdown, and start nothing
    #[arg(long, hide_short_help = true)]
    print_reference: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start service, gateway and sandbox in one process (the default)
    ///
    /// SQLite in DATA_DIR (./data) unless POSTGRES_URL is set; the sandbox unless all four participants' URLs are set;
    /// DATA_KEY and WEBHOOK_SECRET are made and kept in DATA_DIR unless set. `order-service --help` lists all settings.
    Dev,
    /// Start the service for production
    ///
    /// Requires INVENTORY_URL, PAYMENT_URL, NOTIFICATION_URL, SUBSCRIPTION_URL and DATA_KEY; for more than one replica
    /// also POSTGRES_URL (and REDIS_ADDR), migrated with `order-service migrate up`. JSON is served by `order-gateway`.
    /// `order-service --help` lists all settings.
    Serve,
    /// Check every setting of `serve`, and try the connections to what they name
    ///
    /// Tries the port, Postgres or the folder of SQLite, Redis, the four participants, and the OTLP endpoint when it is
    /// set. Changes nothing. Exit code 1 with one line for each fault, 0 when there is none.
    Check,
    /// Start the sandbox alone, which stands in for the four participants and outlives a killed service
    Sandbox(sandbox::Arguments),
    /// Bring the schema of the database up to date, or show its migrations
    Migrate(migrate::Arguments),
    /// Send bookings: to see that duplicates have one effect, or to measure
    Load(load::Arguments),
    /// Compare orders, ledger and deliveries with each other and with what the participants report
    ///
    /// Reads the same settings as the service, changes nothing, and may run beside it.
    Audit(audit::Arguments),
    /// Sign a payment webhook as the Payment service would, and send it
    ///
    /// Signs with the first secret of WEBHOOK_SECRET, or with the one that `dev` has kept in DATA_DIR.
    Webhook(webhook::Arguments),
}

/// Exit code of an audit that could not run: it found neither agreement nor disagreement.
const NOT_RUN: u8 = 2;

/// Runs the command that the arguments name: exit code 0 for success, 1 for a failure with a line for each fault, 2 for
/// wrong usage; `audit` and `check` document their own.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.print_reference {
        output::print_line(config::markdown());
        return ExitCode::SUCCESS;
    }
    if arguments.print_config {
        return print_config(arguments.command.as_ref());
    }
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
        Command::Webhook(arguments) => webhook::run(arguments).await,
        Command::Check => return Ok(check::run().await),
        Command::Audit(arguments) => {
            return Ok(audit::run(arguments).await.unwrap_or_else(|error| {
                failed(&error);
                ExitCode::from(NOT_RUN)
            }));
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the settings that hold. Makes no secret and no file.
fn print_config(command: Option<&Command>) -> ExitCode {
    let reader = match command {
        Some(Command::Serve | Command::Check) => Reader::Serve,
        None | Some(Command::Dev) => Reader::Dev,
        Some(Command::Sandbox(_)) => Reader::Sandbox,
        Some(Command::Migrate(_)) => Reader::Migrate,
        Some(Command::Audit(_)) => Reader::Audit,
        Some(Command::Webhook(_)) => Reader::Webhook,
        Some(Command::Load(_)) => Reader::Embedded(&embedded::TAKEN_OVER),
    };
    match config::effective(reader, &Source::process()) {
        Ok(settings) => {
            output::print_line(settings.trim_end());
            ExitCode::SUCCESS
        }
        Err(faults) => failed(&faults.into()),
    }
}

/// Reports a failure on standard error: one line with its causes behind colons, or one line for each faulty setting.
fn failed(error: &anyhow::Error) -> ExitCode {
    if let Some(faults) = error.downcast_ref::<Faults>() {
        for fault in faults.iter() {
            eprintln!("error: {fault}");
        }
    } else {
        let line = format!("{error:#}").replace('\n', " ");
        eprintln!("error: {line}");
    }
    ExitCode::FAILURE
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
    fn help_has_examples_and_settings() {
        let help = Arguments::command().render_long_help().to_string();
        for word in [
            "dev",
            "serve",
            "sandbox",
            "migrate",
            "load duplicates",
            "audit",
            "POSTGRES_URL=",
            "check",
            "--print-config",
            "OTEL_TRACES_SAMPLER_ARG  [default: 1.0]",
        ] {
            assert!(help.contains(word), "{word}");
        }
    }
}
