//! `order-service check`: whether `serve` would start with these settings, and reach what they name.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use order_ownership::Ownership;
use order_settings::{Faults, Source};

use super::output::print_line;
use crate::config::{self, Config, Database, Mode};
use crate::server;
use crate::server::check;

/// A port or a folder of this machine that was tried: its setting, and what is wrong with it.
type Local = (&'static str, Result<(), anyhow::Error>);

/// Exit code 0 when there is no fault; otherwise 1, with one line for each on standard error.
pub(super) async fn run() -> ExitCode {
    let source = Source::process();
    let faults = Config::check(Mode::Serve, &source)
        .err()
        .unwrap_or_default();
    for fault in faults.iter() {
        eprintln!("error: {fault}");
    }
    let local = local(&source, &faults);
    let folder_is_usable = local.iter().all(|(_, outcome)| outcome.is_ok());
    for (setting, outcome) in &local {
        match outcome {
            Ok(()) => print_line(format_args!("{setting}: free")),
            Err(why) => eprintln!("error: {setting}: {why:#}"),
        }
    }
    let database = Database::load(&source).ok();
    // A folder that is not usable, or in use, has its line already.
    let database = database.filter(|database| match database {
        Database::Postgres { .. } => true,
        Database::Sqlite(_) => folder_is_usable,
    });
    let attempts = connections(&source, database).await;
    for attempt in &attempts {
        match &attempt.outcome {
            Ok(()) => print_line(format_args!("{}: reached", attempt.setting)),
            Err(why) => eprintln!("error: {}: {why}", attempt.setting),
        }
    }
    let reached = attempts.iter().all(|attempt| attempt.outcome.is_ok());
    if reached && folder_is_usable && faults.into_result().is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tries the port, and the folder of a SQLite database, as far as their settings have no fault.
fn local(source: &Source<'_>, faults: &Faults) -> Vec<Local> {
    let faulty = |name: &str| faults.iter().any(|fault| fault.setting == name);
    let mut tried: Vec<Local> = Vec::new();
    if let Ok(addr) = config::grpc_addr(source)
        && !faulty("GRPC_PORT")
    {
        // Port 0 is always free.
        let bound = server::try_to_bind(addr);
        let bound = bound.with_context(|| format!("the service cannot listen on {addr}"));
        tried.push(("GRPC_PORT", bound));
    }
    if let Ok(Database::Sqlite(file)) = Database::load(source)
        && let Some(folder) = file.parent()
    {
        tried.push(("DATA_DIR", usable(folder)));
    }
    tried
}

/// Whether the folder, or the nearest folder above it that exists, can be written and has no owner. Leaves no file.
fn usable(folder: &Path) -> anyhow::Result<()> {
    let exists = |folder: &&Path| folder.exists() || folder.as_os_str().is_empty();
    let nearest = folder.ancestors().find(exists).unwrap_or(folder);
    let nearest = match nearest.as_os_str().is_empty() {
        true => Path::new("."),
        false => nearest,
    };
    tempfile::tempfile_in(nearest)
        .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", folder.display()))?;
    Ok(Ownership::check_folder(folder)?)
}

/// Tries every connection whose own settings have no fault, all at once.
async fn connections(source: &Source<'_>, database: Option<Database>) -> Vec<check::Attempt> {
    let mut endpoints = config::addresses(source);
    let telemetry = config::telemetry(source).ok();
    let collector = telemetry.and_then(|telemetry| telemetry.otel_exporter_otlp_endpoint);
    endpoints.extend(collector.map(|address| ("OTEL_EXPORTER_OTLP_ENDPOINT", address)));
    check::connections(check::Targets {
        database,
        redis: config::redis(source).ok().flatten(),
        endpoints,
    })
    .await
}
