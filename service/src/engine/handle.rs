//! The running engine: begins sagas, drives them, finds those that are due, delivers what they say.

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{CommitId, OrderId, RefundId, ReplicaId, Saga, Secret, Timestamp};
use crate::engine::hub::Hub;
use crate::engine::lease::Leases;
use crate::participant::Participants;
use crate::plans::Catalog;
use crate::saga::{Plans as _, Policy, Source};
use crate::store::journal::{Journal, Outbox};

/// Opens a sealed payment token; none where it cannot be decrypted.
pub type OpenToken = dyn Fn(OrderId, &str) -> Option<Secret> + Send + Sync;

/// What an engine is made of.
pub struct Parts<J, P> {
    /// Where sagas are kept.
    pub journal: J,
    /// Who is called.
    pub participants: P,
    /// The plans that this binary knows.
    pub catalog: Catalog,
    /// Opens sealed payment tokens.
    pub open_token: Box<OpenToken>,
    /// When steps give up.
    pub policy: Policy,
    /// How many times a delivery is tried.
    pub delivery_attempts: u32,
    /// This process.
    pub owner: ReplicaId,
    /// How many sagas are driven at once, at most.
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

/// Why a saga could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// As many sagas are under way as may be.
    #[error("too many sagas are under way")]
    Full,
    /// The engine stops.
    #[error("the engine is stopping")]
    Stopping,
    /// This binary does not know the plan.
    #[error("there is no plan {0}")]
    UnknownPlan(String),
    /// The saga's state does not allow it; why.
    #[error("{0}")]
    Refused(String),
    /// The store failed. Whether the saga was begun is in doubt.
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
    pub(super) slots: Arc<Semaphore>,
    pub(super) delivery_due: Notify,
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
            delivery_due: Notify::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Looks for due deliveries now: one was made due.
    pub fn wake_delivery(&self) {
        self.0.delivery_due.notify_one();
    }

    /// Whether this binary knows the saga's plan. It touches no other.
    pub fn knows(&self, saga: &Saga) -> bool {
        let catalog = &self.0.parts.catalog;
        catalog.plan(&saga.kind, saga.definition_version).is_some()
    }

    /// Where orders' news are heard.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// The database's time.
    pub fn now(&self) -> Timestamp {
        self.0.parts.journal.now()
    }
}

/// Fresh names and dice from the operating system.
#[derive(Debug)]
pub(super) struct Fresh;

impl Source for Fresh {
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
