//! `load bookings`: makes many bookings at a time and reports throughput, times and outcomes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use super::booking::Run;
use super::client::Client;
use super::tally::Tally;
use super::target;
use super::target::Target;
use crate::cli::output::print_line;

/// The most connections to each target; requests share them.
const CONNECTIONS_MAX: usize = 4;
/// How long a run lasts without `--duration` and `--count`.
const DURATION: Duration = Duration::from_secs(10);

/// How many bookings to make, and where they are sent.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 1 when no booking was confirmed, or when a request was refused or not answered."
)]
pub(super) struct Arguments {
    /// Bookings at a time
    #[arg(long, short, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: u16,
    /// How long to make bookings, such as `10s` (the default)
    #[arg(long, value_parser = duration, conflicts_with = "count")]
    duration: Option<Duration>,
    /// How many bookings to make
    #[arg(long)]
    count: Option<u64>,
    #[command(flatten)]
    target: target::Arguments,
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    order_settings::value::duration(text)
        .map_err(|_| "must be a duration such as `500ms`, `10s` or `2m`")
}

/// When the run stops.
#[derive(Debug, Clone, Copy)]
enum Until {
    Count(u64),
    Time(Instant),
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let concurrency = usize::from(arguments.concurrency);
    let connections = concurrency.min(CONNECTIONS_MAX);
    let target = Target::connect(arguments.target, connections).await?;
    let started = Instant::now();
    let until = match arguments.count {
        Some(count) => Until::Count(count),
        None => Until::Time(started + arguments.duration.unwrap_or(DURATION)),
    };
    let tally = book(&target.clients, concurrency, until).await;
    let elapsed = started.elapsed();
    target.stop().await?;
    let tally = tally?;
    print_line(tally.report(elapsed, concurrency));
    anyhow::ensure!(tally.confirmed() > 0, "no booking was confirmed");
    anyhow::ensure!(
        tally.refused() == 0,
        "{} requests were refused",
        tally.refused()
    );
    Ok(())
}

/// Each worker books one seat after the other. All take numbers from one counter, so no two book the same seat.
async fn book(clients: &[Client], concurrency: usize, until: Until) -> anyhow::Result<Tally> {
    let bar = bar(until);
    let (run, numbers) = (Run::new(), Arc::new(AtomicU64::new(0)));
    let mut workers = JoinSet::new();
    for worker in 0..concurrency {
        let client = clients[worker % clients.len()].clone();
        let (run, numbers, bar) = (run.clone(), numbers.clone(), bar.clone());
        workers.spawn(async move {
            let mut tally = Tally::default();
            loop {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                if is_over(until, number) {
                    return tally;
                }
                let sent = Instant::now();
                let reply = client.book(run.booking(number), &run.key(number)).await;
                tally.add(reply, sent.elapsed());
                bar.inc(1);
            }
        });
    }
    let mut whole = Tally::default();
    while let Some(ended) = workers.join_next().await {
        whole.join(ended?);
    }
    bar.finish_and_clear();
    Ok(whole)
}

fn is_over(until: Until, number: u64) -> bool {
    match until {
        Until::Count(count) => number >= count,
        Until::Time(end) => Instant::now() >= end,
    }
}

/// A progress bar on standard error, drawn only on a terminal.
fn bar(until: Until) -> ProgressBar {
    let (bar, style) = match until {
        Until::Count(count) => (
            ProgressBar::new(count),
            "{bar:32} {pos}/{len} bookings, {per_sec}, {eta} left",
        ),
        Until::Time(_) => (
            ProgressBar::new_spinner(),
            "{spinner} {pos} bookings in {elapsed}, {per_sec}",
        ),
    };
    bar.with_style(ProgressStyle::with_template(style).expect("the template is right"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_with_its_count_or_its_time() {
        assert!(!is_over(Until::Count(2), 1));
        assert!(is_over(Until::Count(2), 2));
        let now = Instant::now();
        assert!(is_over(Until::Time(now), 0));
        assert!(!is_over(Until::Time(now + Duration::from_secs(3600)), 0));
    }

    #[test]
    fn every_bar_has_a_valid_style() {
        bar(Until::Count(1)).finish_and_clear();
        bar(Until::Time(Instant::now())).finish_and_clear();
    }
}
