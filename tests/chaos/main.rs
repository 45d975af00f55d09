//! Bookings, cancels, refunds and duplicates against two replicas while replicas, stores and participants are killed,
//! paused and restarted. Then every promise is checked and the figures are printed.
//!
//!     tests/chaos/run [--seconds 60] [--seed N] [--clients 32]
//!
//! Owns the run. Postgres, Redis and the sandbox are started for this run only; nothing else on the machine is touched.

mod client;
mod dice;
mod plan;
mod settle;
mod storm;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use order_tests::database::Rows;
use order_tests::postgres::Postgres;
use order_tests::redis::Redis;
use order_tests::settings::{Settings, set};
use order_tests::wait::pace;
use order_tests::{Backend, Setup, binary};
use tokio::task::JoinSet;

use client::{Client, Shared};
use dice::Dice;
use plan::{LEASE, REPLICAS};
use storm::Environment;
use tally::Tally;

/// The timeout of `migrate up`.
const MIGRATED_WITHIN: Duration = Duration::from_secs(60);
/// How long clients may take to finish their last request.
const ENDED_WITHIN: Duration = Duration::from_secs(90);
/// The interval at which overdue sagas are measured.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// The parameters of the run.
#[derive(Debug, Clone, Copy)]
struct Run {
    seconds: u64,
    seed: u64,
    clients: u64,
}

impl Run {
    fn from_arguments() -> Result<Self, String> {
        let mut run = Self {
            seconds: 60,
            seed: rand::random::<u32>().into(),
            clients: 32,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let number = arguments.next().and_then(|text| text.parse().ok());
            let number = number.ok_or_else(|| format!("{name} needs a whole number"))?;
            match name.as_str() {
                "--seconds" => run.seconds = number,
                "--seed" => run.seed = number,
                "--clients" => run.clients = number,
                _ => return Err(format!("{name}: --seconds, --seed and --clients are known")),
            }
        }
        Ok(run)
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

#[tokio::main]
async fn main() -> ExitCode {
    let run = match Run::from_arguments() {
        Ok(run) => run,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    say(format_args!(
        "chaos: {} s, {} clients, {REPLICAS} replicas, LEASE {LEASE:?}, seed {}",
        run.seconds, run.clients, run.seed
    ));
    let breaches = run_scenario(run).await;
    if breaches.is_empty() {
        say("every promise was kept");
        return ExitCode::SUCCESS;
    }
    for breach in &breaches {
        say(format_args!("BROKEN: {breach}"));
    }
    say(format_args!(
        "again: tests/chaos/run --seconds {} --clients {} --seed {}",
        run.seconds, run.clients, run.seed
    ));
    ExitCode::FAILURE
}

/// Runs clients and disturbances, and returns the broken promises.
async fn run_scenario(run: Run) -> Vec<String> {
    let dice = Dice::new(run.seed);
    let mut ground = start_environment().await;
    let stack = &ground.stack;
    let shared = Arc::new(Shared {
        replicas: (0..REPLICAS)
            .map(|replica| stack.channel(replica))
            .collect(),
        sandbox: stack.participants(),
        tally: Tally::default(),
        closing: AtomicBool::new(false),
    });
    let settings = stack.settings().clone();
    let mut clients = JoinSet::new();
    for number in 0..run.clients {
        let client = Client::new(&shared, dice.nth(1_000 + number));
        clients.spawn(client.run());
    }
    let watching = tokio::spawn(watch(settings.clone(), Arc::clone(&shared)));
    let length = Duration::from_secs(run.seconds);
    let begun = Instant::now();
    ground.execute(&plan::of(&dice, length), &shared).await;
    ground.keep_running_until(begun + length, &shared).await;

    shared.closing.store(true, Ordering::Relaxed);
    let lasted = begun.elapsed();
    let rows = Rows::of(&settings).await;
    let (ended, took) = tokio::join!(
        tokio::time::timeout(ENDED_WITHIN, async {
            while let Some(ended) = clients.join_next().await {
                ended.expect("a client does not panic");
            }
        }),
        settle::all_final(&rows, &shared),
    );
    if ended.is_err() {
        let what = format!("clients still wait {ENDED_WITHIN:?} after the trouble is over");
        shared.tally.breach(what);
    }
    // Includes the requests that clients made after everything was final.
    settle::all_final(&rows, &shared).await;
    watching.abort();
    settle::answers_were_true(&rows, &shared, &dice).await;
    let audited = settle::audit(&settings, &shared).await;
    figures(&shared, &rows, lasted, took, &audited).await;
    let breaches = shared.tally.breaches();
    if !breaches.is_empty() {
        for (name, log) in ground.stack.logs() {
            let lines: Vec<&str> = log.lines().collect();
            let from = lines.len().saturating_sub(40);
            eprintln!("== {name}\n{}", lines[from..].join("\n"));
        }
    }
    breaches
}

/// Starts the servers of this run and the product on them.
async fn start_environment() -> Environment {
    let (postgres, redis) = (Postgres::start().await, Redis::start().await);
    let url = postgres.url("postgres");
    let mut settings = Settings::new();
    set(&mut settings, "POSTGRES_URL", &url);
    let migrated = binary::run(
        binary::SERVICE,
        &["migrate", "up"],
        &settings,
        MIGRATED_WITHIN,
    );
    let migrated = migrated.await;
    assert!(migrated.status.success(), "{migrated:?}");
    // The servers of this run replace the backend's own stores.
    let stack = Setup::on(Backend::Embedded)
        .replicas(REPLICAS)
        .with("POSTGRES_URL", url)
        .with("REDIS_ADDR", redis.address())
        .with("LEASE", format!("{}s", LEASE.as_secs()))
        .with("STEP_DEADLINE", "2s")
        // A hold expires within the time in which everything must become final.
        .with("HOLD_DURATION", "15s")
        .with("CAPTURE_MARGIN", "2s")
        .with("BOOKING_FEE", "USD:1.50")
        .with("TAX_BPS", "1900")
        .with("RUST_LOG", "warn")
        .start()
        .await;
    Environment::new(stack, postgres, redis)
}

/// Records by how much the most overdue saga is late.
async fn watch(settings: Settings, shared: Arc<Shared>) {
    let rows = Rows::of(&settings).await;
    loop {
        // `None` while the database is down.
        if let Some(overdue_us) = rows.number(settle::OVERDUE).await {
            let mut counts = shared.tally.lock();
            counts.overdue_us = counts.overdue_us.max(overdue_us);
        }
        pace(WATCH_EVERY).await;
    }
}

async fn figures(
    shared: &Arc<Shared>,
    rows: &Rows,
    lasted: Duration,
    took: Duration,
    audited: &str,
) {
    let mut by_state = Vec::new();
    for state in ["CONFIRMED", "CANCELLED", "FAILED", "EXPIRED"] {
        let sql = format!("SELECT COUNT(*) AS n FROM orders WHERE state = '{state}'");
        let count = rows.number(&sql).await.unwrap_or(-1);
        by_state.push(format!("{count} {state}"));
    }
    let counts = shared.tally.lock();
    let orders = counts.orders.len();
    let per_second = orders as f64 / lasted.as_secs_f64();
    say(format_args!(
        "orders {orders} ({}), {per_second:.1}/s over {:.1} s",
        by_state.join(", "),
        lasted.as_secs_f64()
    ));
    say(format_args!(
        "requests {}, sent again {}, duplicates {}, keys reused {}, cancels {}, refunds {}",
        counts.requests,
        counts.retries,
        counts.duplicates,
        counts.keys_reused,
        counts.cancels,
        counts.refunds
    ));
    say(format_args!(
        "kills {}, pauses {}, starts {}, Redis lost or flushed {}, Postgres restarts {}, faults planted {}",
        counts.kills,
        counts.pauses,
        counts.restarts,
        counts.redis_losses,
        counts.postgres_restarts,
        counts.faults
    ));
    let overdue = Duration::from_micros(u64::try_from(counts.overdue_us).unwrap_or(0));
    say(format_args!(
        "longest take-over: {:.1} s after the lease ended; all final {:.1} s after the trouble was over",
        overdue.as_secs_f64(),
        took.as_secs_f64()
    ));
    say(format_args!("audit: {audited}"));
}
