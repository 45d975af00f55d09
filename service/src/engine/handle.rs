//! The handle of the engine, and the state that its loops share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{CommitId, OrderId, RefundId, ReplicaId, Saga, Secret, Timestamp};
use crate::engine::delivery_due::DeliveryDue;
use crate::engine::hub::Hub;
use crate::engine::lease::Leases;
use crate::participant::Participants;
use crate::plans::Catalog;
use crate::saga::{Plans as _, Policy, Source};
use crate::store::journal::{Journal, Outbox};
use crate::supervise::Loops;

/// Decrypts a sealed payment token; `None` if it cannot be decrypted.
pub type OpenToken = dyn Fn(OrderId, &str) -> Option<Secret> + Send + Sync;

/// The dependencies of an engine.
pub struct Parts<J, P> {
    /// The store.
    pub journal: J,
    pub participants: P,
    /// The plans that this binary knows.
    pub catalog: Catalog,
    /// Opens sealed payment tokens.
    pub open_token: Box<OpenToken>,
    /// Retry limits.
    pub policy: Policy,
    /// Attempts of a delivery.
    pub delivery_attempts: u32,
    pub owner: ReplicaId,
    /// Most sagas driven at once.
    pub sagas_max: usize,
}

impl<J: std::fmt::Debug, P> std::fmt::Debug for Parts<J, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("owner", &self.owner)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Why a saga could not be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The limit of sagas driven at once is reached.
    #[error("too many sagas are under way")]
    Full,
    #[error("the engine is stopping")]
    Stopping,
    /// This binary does not know the plan.
    #[error("there is no plan {0}")]
    UnknownPlan(String),
    /// The saga's state does not allow it, with the reason.
    #[error("{0}")]
    Refused(String),
    /// The store failed; the commit may have applied.
    #[error("the saga could not be begun")]
    Store(#[from] crate::store::Error),
}

/// A handle on the engine; clones share it.
#[derive(Debug)]
pub struct Engine<J, P>(Arc<Inner<J, P>>);

impl<J, P> Clone for Engine<J, P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
pub(super) struct Inner<J, P> {
    pub(super) parts: Parts<J, P>,
    pub(super) hub: Arc<Hub>,
    pub(super) leases: Leases,
    pub(super) loops: Loops,
    pub(super) slots: Arc<Semaphore>,
    pub(super) delivery_due: DeliveryDue,
    pub(super) stopping: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// An engine that does nothing until `run`.
    pub fn new(parts: Parts<J, P>) -> Self {
        Self(Arc::new(Inner {
            slots: Arc::new(Semaphore::new(parts.sagas_max)),
            parts,
            hub: Arc::default(),
            leases: Leases::default(),
            loops: Loops::default(),
            delivery_due: DeliveryDue::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Wakes delivery: a delivery was made due.
    pub fn wake_delivery(&self) {
        self.0.delivery_due.wake();
    }

    /// Whether this binary knows the saga's plan; it changes no others.
    pub fn knows(&self, saga: &Saga) -> bool {
        let catalog = &self.0.parts.catalog;
        catalog.plan(&saga.kind, saga.definition_version).is_some()
    }

    /// Cancelled when the engine stops: every caller that waits for an order returns.
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Publishes changes of orders within this process.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    pub fn now(&self) -> Timestamp {
        self.0.parts.journal.now()
    }
}

/// Ids and random numbers from the operating system.
#[derive(Debug)]
pub(super) struct SystemSource;

impl Source for SystemSource {
    fn commit_id(&mut self) -> CommitId {
        CommitId::generate()
    }

    fn refund_id(&mut self) -> RefundId {
        RefundId::generate()
    }

    fn uuid(&mut self) -> uuid::Uuid {
        uuid::Uuid::now_v7()
    }

    fn roll(&mut self) -> u64 {
        rand::random()
    }
}

impl<J, P> Engine<J, P> {
    pub(super) fn inner(&self) -> &Inner<J, P> {
        &self.0
    }
}
