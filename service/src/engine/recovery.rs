//! Finds sagas that are due and nobody's, at start and while running, and drives them as any other.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Claimed;
use crate::engine::handle::Engine;
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

/// How often due sagas are looked for.
const INTERVAL: Duration = Duration::from_millis(250);
/// How long to wait after the store failed.
const INTERVAL_FAILED: Duration = Duration::from_secs(1);
/// Most sagas claimed at once.
const CLAIMED_MAX: usize = 256;

/// Claims until the engine stops.
pub(super) async fn run<J: Journal + Outbox, P: Participants>(engine: Engine<J, P>) {
    let inner = engine.inner();
    let mut reachable = true;
    loop {
        let pause = match claim(&engine).await {
            Ok(full) => {
                reachable = true;
                if full { Duration::ZERO } else { INTERVAL }
            }
            Err(error) => {
                if reachable {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "due sagas cannot be looked for"
                    );
                }
                reachable = false;
                INTERVAL_FAILED
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = inner.stopping.cancelled() => return,
        }
    }
}

/// Claims once. Answers whether there may be more right now.
async fn claim<J: Journal + Outbox, P: Participants>(
    engine: &Engine<J, P>,
) -> Result<bool, crate::store::Error> {
    let inner = engine.inner();
    let limit = inner.slots.available_permits().min(CLAIMED_MAX);
    if limit == 0 {
        return Ok(false);
    }
    let plans = inner.parts.catalog.names();
    let claimed = inner
        .parts
        .journal
        .claim(&inner.parts.owner, &plans, limit)
        .await?;
    let full = claimed.len() == limit;
    for found in claimed {
        match found {
            Claimed::Ready(saga, order) => {
                let Ok(slot) = Arc::clone(&inner.slots).try_acquire_owned() else {
                    // New orders took the room: the lease ends by itself, and the saga is found again.
                    continue;
                };
                tracing::debug!(saga_id = %saga.saga_id, epoch = saga.epoch, "a due saga was claimed");
                engine.drive(*saga, *order, slot);
            }
            Claimed::Parked(saga_id, why) => {
                tracing::error!(%saga_id, why, "a saga cannot be read, and needs attention");
            }
        }
    }
    Ok(full)
}
