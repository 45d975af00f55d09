//! `order-service check`: whether `serve` would start with these settings, and reach what they name.

use std::process::ExitCode;

use order_settings::Source;

use super::output::print_line;
use crate::config::{self, Config, Database, Mode};
use crate::server::check;

/// Exit code 0 when there is no fault; otherwise 1, with one line for each on standard error.
pub(super) async fn run() -> ExitCode {
    let source = Source::process();
    let faults = Config::check(Mode::Serve, &source)
        .err()
        .unwrap_or_default();
    for fault in faults.iter() {
        eprintln!("error: {fault}");
    }
    let attempts = connections(&source).await;
    for attempt in &attempts {
        match &attempt.outcome {
            Ok(()) => print_line(format_args!("{}: reached", attempt.setting)),
            Err(why) => eprintln!("error: {}: {why}", attempt.setting),
        }
    }
    let reached = attempts.iter().all(|attempt| attempt.outcome.is_ok());
    if reached && faults.into_result().is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tries every connection whose own settings have no fault, all at once.
async fn connections(source: &Source<'_>) -> Vec<check::Attempt> {
    let mut endpoints = config::addresses(source);
    let telemetry = config::telemetry(source).ok();
    let collector = telemetry.and_then(|telemetry| telemetry.otel_exporter_otlp_endpoint);
    endpoints.extend(collector.map(|address| ("OTEL_EXPORTER_OTLP_ENDPOINT", address)));
    check::connections(check::Targets {
        database: Database::load(source).ok(),
        redis: config::redis(source).ok().flatten(),
        endpoints,
    })
    .await
}
