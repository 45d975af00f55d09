//! The leases this replica holds: renewed while their sagas are under way, at a third of their length.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::SagaId;
use crate::engine::handle::Engine;
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

/// Most leases renewed in one statement.
const RENEWED_MAX: usize = 500;

/// The sagas that this replica drives.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<SagaId, Lease>>);

#[derive(Debug)]
struct Lease {
    epoch: i64,
    /// Since when it runs.
    since: Instant,
    /// Wakes a driver that pauses.
    bell: Arc<Notify>,
}

impl Leases {
    pub(super) fn hold(&self, saga_id: SagaId, epoch: i64) {
        let lease = Lease {
            epoch,
            since: Instant::now(),
            bell: Arc::default(),
        };
        self.lock().insert(saga_id, lease);
    }

    /// What a driver that pauses listens to.
    pub(super) fn bell(&self, saga_id: SagaId) -> Arc<Notify> {
        let held = self.lock();
        held.get(&saga_id)
            .map(|lease| Arc::clone(&lease.bell))
            .unwrap_or_default()
    }

    /// Somebody stepped in: the saga's driver looks, if it is here.
    pub(super) fn ring(&self, saga_id: SagaId) {
        if let Some(lease) = self.lock().get(&saga_id) {
            lease.bell.notify_one();
        }
    }

    /// A commit renews the lease too.
    pub(super) fn renewed(&self, saga_id: SagaId) {
        if let Some(lease) = self.lock().get_mut(&saga_id) {
            lease.since = Instant::now();
        }
    }

    pub(super) fn let_go(&self, saga_id: SagaId) {
        self.lock().remove(&saga_id);
    }

    fn older_than(&self, age: std::time::Duration) -> Vec<(SagaId, i64)> {
        let held = self.lock();
        let old = held
            .iter()
            .filter(|(_, lease)| lease.since.elapsed() >= age);
        old.map(|(saga_id, lease)| (*saga_id, lease.epoch))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SagaId, Lease>> {
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
