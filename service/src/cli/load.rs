//! `order-service load`: sends many bookings, to check idempotency keys and to measure throughput.

mod booking;
mod bookings;
mod client;
mod duplicates;
mod tally;
mod target;
mod totals;

use clap::{Args, Subcommand};

/// What is sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    order-service load duplicates\n  \
    order-service load duplicates --grpc http://127.0.0.1:9084 --grpc http://127.0.0.1:9085 --sandbox http://127.0.0.1:9100\n  \
    order-service load bookings --concurrency 64 --count 10000 --http http://127.0.0.1:8084\n\n\
    Without a target an embedded product is started in a temporary folder (POSTGRES_URL and REDIS_ADDR are used where set).")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send ten requests with one idempotency key at once: one is processed
    Duplicates(duplicates::Arguments),
    /// Book one seat after the other, many at a time, and measure
    Bookings(bookings::Arguments),
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Duplicates(arguments) => duplicates::run(arguments).await,
        Command::Bookings(arguments) => bookings::run(arguments).await,
    }
}
