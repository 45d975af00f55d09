//! Renews the leases of the sagas that this replica drives, at a third of their length.

use crate::engine::handle::Engine;
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

/// Most leases renewed in one statement.
const RENEWED_MAX: usize = 500;

/// Renews until the engine stops. A lease that could not be renewed is another's: the driver learns it at its next write.
pub(super) async fn run<J: Journal + Outbox, P: Participants>(engine: Engine<J, P>) {
    let inner = engine.inner();
    let third = inner.parts.policy.lease / 3;
    loop {
        tokio::select! {
            () = tokio::time::sleep(third / 2) => {}
            () = inner.stopping.cancelled() => return,
        }
        let held = inner.leases.older_than(third);
        for some in held.chunks(RENEWED_MAX) {
            match inner.parts.journal.renew(&inner.parts.owner, some).await {
                Ok(renewed) => renewed
                    .into_iter()
                    .for_each(|saga_id| inner.leases.renewed(saga_id)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "leases could not be renewed"
                    );
                }
            }
        }
    }
}
