//! SIGTERM and SIGINT: the first starts an orderly shutdown, the second ends the process at once.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the first signal. From then on a second one ends the process with exit code 1.
pub(super) async fn first() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!("{name}: new work is refused; running work ends or is handed over");
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}
