//! `order-gateway`: the gateway in a process of its own. Owns the settings, the telemetry and the signals; everything
//! else is the library's.

#[path = "main/settings.rs"]
mod settings;
#[path = "main/telemetry.rs"]
mod telemetry;

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use settings::Settings;

fn main() -> ExitCode {
    match Settings::read(|name| std::env::var_os(name))
        .map_err(anyhow::Error::from)
        .and_then(run)
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, causes included.
            eprintln!("order-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(settings: Settings) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    runtime.block_on(async {
        let stop = stop_signal()?;
        let telemetry = telemetry::start()?;
        let mut gateway = order_gateway::bind(settings.gateway).context("HTTP_PORT")?;
        if let Some(origins) = settings.origins {
            gateway = gateway.with_origins(origins);
        }
        tracing::info!(address = %gateway.local_addr(), "the gateway listens");
        gateway.serve(stop).await?;
        telemetry.finish().await;
        Ok(())
    })
}

/// Ends at SIGTERM or SIGINT.
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
