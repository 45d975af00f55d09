//! The running engine: begins sagas, drives them, finds those that are due, delivers what they say.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{
    Commit, CommitId, KeyRow, Order, OrderId, Outcome, RefundId, ReplicaId, Saga, Secret, Timestamp,
};
use crate::engine::failpoint::{Place, When};
use crate::engine::hub::Hub;
use crate::engine::lease::Leases;
use crate::engine::{delivery, failpoint, lease, recovery};
use crate::participant::Participants;
use crate::plans::Catalog;
use crate::saga::{Machine, Moment, Policy, Source, Start};
use crate::store::journal::{Journal, Outbox};

/// How long sagas under way may take to reach a commit when the engine stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

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

/// What beginning came to.
#[derive(Debug)]
pub enum Begun {
    /// The saga is under way.
    New,
    /// The key had begun something before.
    KeyTaken(Box<KeyRow>),
    /// The order is another than was seen: nothing was begun.
    Stale,
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
    pub(super) mail: Notify,
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
            mail: Notify::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Starts looking for due sagas, renewing leases and delivering messages, until `stop`.
    pub fn run(&self) {
        self.0.tasks.spawn(recovery::run(self.clone()));
        self.0.tasks.spawn(lease::renew(self.clone()));
        self.0.tasks.spawn(delivery::run(self.clone()));
    }

    /// Looks for due deliveries now: one was made due.
    pub fn wake_courier(&self) {
        self.0.mail.notify_one();
    }

    /// Takes no new saga, lets those under way reach their next commit, and gives every lease up.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.0.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "sagas are still waiting for participants; their leases are given up all the same"
            );
        }
        match self.0.parts.journal.give_up(&self.0.parts.owner).await {
            Ok(0) => {}
            Ok(sagas) => tracing::info!(sagas, "leases given up"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "leases could not be given up"
            ),
        }
    }

    /// Somebody stepped in: whoever waits hears of it, and a driver that pauses here looks at once.
    pub fn stepped_in(&self, saga: &Saga, order: &Order) {
        self.0.hub.publish(saga, order);
        self.0.leases.ring(saga.saga_id);
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

    /// Writes an order with a new saga, and drives it from there. Dropping the future may leave it begun; it then goes
    /// on by itself.
    pub async fn begin(&self, beginning: Beginning) -> Result<Begun, EngineError> {
        let inner = &self.0;
        if inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let slot = Arc::clone(&inner.slots)
            .try_acquire_owned()
            .map_err(|_| EngineError::Full)?;
        let (kind, version) = beginning.plan;
        let plan = inner.parts.catalog.plan(kind, version);
        let plan = plan.ok_or_else(|| EngineError::UnknownPlan(format!("{kind} {version}")))?;
        let unwritten = beginning.start.order.clone();
        let commit = Machine::new(plan, &inner.parts.policy).begin(
            beginning.start,
            &mut Moment {
                now: self.now(),
                owner: &inner.parts.owner,
                token: None,
                source: &mut Fresh,
            },
        );
        let order = commit.order.as_ref();
        let order = order.map_or(unwritten, |write| write.order.clone());
        let engine = self.clone();
        let span = tracing::Span::current();
        let begun = inner.tasks.spawn(tracing::Instrument::instrument(
            async move {
                engine
                    .write_first(commit, order, beginning.patience, slot)
                    .await
            },
            span,
        ));
        begun.await.unwrap_or(Err(EngineError::Stopping))
    }

    async fn write_first(
        &self,
        commit: Commit,
        order: Order,
        patience: Duration,
        slot: OwnedSemaphorePermit,
    ) -> Result<Begun, EngineError> {
        let saga = commit.saga.clone();
        let place = Place::beginning(&saga);
        failpoint::reach(place.clone(), When::BeforeCall).await;
        match self.write_patiently(commit, patience).await? {
            Outcome::Applied => {
                failpoint::reach(place, When::AfterCommit).await;
                self.0.hub.publish(&saga, &order);
                self.drive(saga, order, slot);
                Ok(Begun::New)
            }
            Outcome::KeyTaken(row) => Ok(Begun::KeyTaken(row)),
            // A fresh saga has no other owner: its id was taken by itself, sent twice.
            Outcome::Fenced => Ok(Begun::New),
            Outcome::Stale => Ok(Begun::Stale),
        }
    }
}

/// An order to write, and the saga to begin with it.
#[derive(Debug)]
pub struct Beginning {
    /// Kind and version of the plan.
    pub plan: (&'static str, u32),
    /// The order, and what the saga begins with.
    pub start: Start,
    /// How long the store may be away before the caller is told.
    pub patience: Duration,
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

/// Where a saga stands, for those who drive it.
pub(super) type Driven = (Saga, Order);
