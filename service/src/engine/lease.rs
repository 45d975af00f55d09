//! The leases that this replica holds; `renewal` extends them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::SagaId;

/// The sagas that this replica drives.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<SagaId, Lease>>);

#[derive(Debug)]
struct Lease {
    epoch: i64,
    /// The last renewal.
    since: Instant,
    /// Wakes a sleeping driver.
    bell: Arc<Notify>,
}

impl Leases {
    /// Adds a saga until the guard is dropped. An entry lives exactly as long as its driver, and a driver of an older epoch
    /// does not remove the entry of a newer one.
    pub(super) fn hold(&self, saga_id: SagaId, epoch: i64) -> Held<'_> {
        let lease = Lease {
            epoch,
            since: Instant::now(),
            bell: Arc::default(),
        };
        self.lock().insert(saga_id, lease);
        Held {
            leases: self,
            saga_id,
            epoch,
        }
    }

    /// The wake-up of a sleeping driver.
    pub(super) fn bell(&self, saga_id: SagaId) -> Arc<Notify> {
        let held = self.lock();
        held.get(&saga_id)
            .map(|lease| Arc::clone(&lease.bell))
            .unwrap_or_default()
    }

    /// Wakes the saga's driver, if this replica drives it: a caller stepped in.
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

    pub(super) fn older_than(&self, age: std::time::Duration) -> Vec<(SagaId, i64)> {
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

/// A saga that is driven here.
#[derive(Debug)]
pub(super) struct Held<'a> {
    leases: &'a Leases,
    saga_id: SagaId,
    epoch: i64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut held = self.leases.lock();
        if held
            .get(&self.saga_id)
            .is_some_and(|lease| lease.epoch == self.epoch)
        {
            held.remove(&self.saga_id);
        }
    }
}
