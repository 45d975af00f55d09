//! `order-gateway`: the gateway in a process of its own. Owns its command line, its settings and its signals; everything
//! else belongs to the library.

#[path = "main/settings.rs"]
mod settings;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use order_settings::{Faults, Source};
use order_telemetry::{Process, Untraced};
use tokio::signal::unix::{SignalKind, signal};

use settings::Settings;

const PROCESS: Process = Process {
    name: "order-gateway",
    untraced: Untraced::PassThrough,
};

/// Serves HTTP/JSON in front of the order service.
#[derive(Debug, Parser)]
#[command(
    name = "order-gateway",
    version,
    after_help = "Settings are environment variables; `--help` lists them.",
    after_long_help = settings::help(),
)]
struct Arguments {
    /// Print the settings that hold, secrets redacted, and start nothing
    #[arg(long)]
    print_config: bool,
    /// Print the reference of all settings as Markdown, and start nothing
    #[arg(long, hide_short_help = true)]
    print_reference: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments, &Source::process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, source: &Source<'_>) -> anyhow::Result<()> {
    if arguments.print_reference {
        print_line(&settings::markdown());
    } else if arguments.print_config {
        print_line(settings::effective(source)?.trim_end());
    } else {
        serve(Settings::read(source)?)?;
    }
    Ok(())
}

fn serve(settings: Settings) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    runtime.block_on(async {
        let stop = stop_signal()?;
        let guard = order_telemetry::start(&settings.telemetry, PROCESS)?;
        let gateway = order_gateway::bind(settings.gateway).context("HTTP_PORT")?;
        let gateway = gateway.with_browsers(settings.browsers);
        tracing::info!(address = %gateway.local_addr(), "the gateway listens");
        gateway.serve(stop).await?;
        guard.flush().await;
        Ok(())
    })
}

/// Completes at SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be caught")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be caught")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// One line with the causes, or one line for each faulty setting.
fn report(error: &anyhow::Error) {
    match error.downcast_ref::<Faults>() {
        Some(faults) => {
            for fault in faults.iter() {
                eprintln!("order-gateway: {fault}");
            }
        }
        None => eprintln!("order-gateway: {}", format!("{error:#}").replace('\n', " ")),
    }
}

/// Prints to standard output. A reader that closed the pipe has read enough: that is no error.
fn print_line(text: &str) {
    let _closed = writeln!(std::io::stdout(), "{text}");
}
