//! SIGTERM and SIGINT: the first asks for an orderly end, the second takes it.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the first signal; from then on, a second one ends the process at once.
pub(super) async fn first() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!("{name}: new work is refused, and what is under way ends or is handed over");
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}
