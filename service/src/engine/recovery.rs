//! Claims due sagas without a live lease, at start and while running, and drives them.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Claimed;
use tokio::sync::Notify;

use crate::engine::handle::Engine;
use crate::engine::poll::{Pace, poll};
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

/// Pause between two claims.
const INTERVAL: Duration = Duration::from_millis(250);
/// Most sagas claimed at once.
const CLAIMED_MAX: usize = 256;

/// Claims due sagas until the engine stops.
pub(super) async fn run<J: Journal + Outbox, P: Participants>(engine: Engine<J, P>) {
    let inner = engine.inner();
    let pace = Pace {
        interval: INTERVAL,
        wake: &Notify::new(),
        stopping: &inner.stopping,
        failure: "due sagas cannot be claimed",
    };
    poll(pace, || claim(&engine)).await;
}

/// Claims once. Returns whether more may be due.
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
                    // New orders took the permits: the lease expires and the saga is claimed again.
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
