//! The leases this replica holds: renewed while their sagas are under way, at a third of their length.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::order::SagaId;
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

use super::engine::Engine;

/// Most leases renewed in one statement.
const RENEWED_MAX: usize = 500;

/// Which sagas this replica drives, at which epoch, and since when their leases run.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<SagaId, (i64, Instant)>>);

impl Leases {
    pub(super) fn hold(&self, saga_id: SagaId, epoch: i64) {
        self.lock().insert(saga_id, (epoch, Instant::now()));
    }

    /// A commit renews the lease too.
    pub(super) fn renewed(&self, saga_id: SagaId) {
        if let Some((_, since)) = self.lock().get_mut(&saga_id) {
            *since = Instant::now();
        }
    }

    pub(super) fn let_go(&self, saga_id: SagaId) {
        self.lock().remove(&saga_id);
    }

    fn older_than(&self, age: std::time::Duration) -> Vec<(SagaId, i64)> {
        let held = self.lock();
        let old = held.iter().filter(|(_, (_, since))| since.elapsed() >= age);
        old.map(|(saga_id, (epoch, _))| (*saga_id, *epoch))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SagaId, (i64, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Renews until the engine stops. A lease that could not be renewed is another's: the driver learns it at its next write.
pub(super) async fn renew<J: Journal + Outbox, P: Participants>(engine: Engine<J, P>) {
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
