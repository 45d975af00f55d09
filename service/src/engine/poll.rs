//! The loop that recovery and delivery share: look, pause, look again, until the engine stops.

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::store;

/// Pause after the store failed.
const PAUSE_FAILED: Duration = Duration::from_secs(1);

/// How a loop pauses, and what it logs.
#[derive(Debug)]
pub(super) struct Pace<'a> {
    /// Pause between two looks that found nothing more to do.
    pub(super) interval: Duration,
    /// Ends a pause early.
    pub(super) wake: &'a Notify,
    pub(super) stopping: &'a CancellationToken,
    /// Logged once when the store begins to fail.
    pub(super) failure: &'static str,
}

/// Calls `look` until the engine stops: at once while it returns true (there may be more), else after a pause.
pub(super) async fn poll<Look, Looked>(pace: Pace<'_>, mut look: Look)
where
    Look: FnMut() -> Looked,
    Looked: Future<Output = Result<bool, store::Error>>,
{
    let mut reachable = true;
    loop {
        let pause = match look().await {
            Ok(more) => {
                reachable = true;
                if more { Duration::ZERO } else { pace.interval }
            }
            Err(error) => {
                if reachable {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "{}", pace.failure);
                }
                reachable = false;
                PAUSE_FAILED
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = pace.wake.notified() => {}
            () = pace.stopping.cancelled() => return,
        }
    }
}
