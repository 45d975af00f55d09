//! Starts sagas: writes the first commit and drives the saga from there.

use std::time::Duration;

use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

use crate::domain::{Commit, KeyRow, Order, Outcome};
use crate::engine::failpoint::{self, Place, When};
use crate::engine::handle::{Engine, EngineError, SystemSource};
use crate::participant::Participants;
use crate::saga::{Machine, Moment, Start};
use crate::store::journal::{Journal, Outbox};

/// The result of starting a saga.
#[derive(Debug)]
pub enum Begun {
    /// The saga was started.
    New,
    /// The idempotency key had been used before.
    KeyTaken(Box<KeyRow>),
    /// The order changed since it was read; nothing was started.
    Stale,
}

/// An order to write, and the saga to begin with it.
#[derive(Debug)]
pub struct Beginning {
    /// Kind and version of the plan.
    pub plan: (&'static str, u32),
    /// The order, and what the saga begins with.
    pub start: Start,
    /// How long the write is retried while the database is unreachable.
    pub patience: Duration,
}

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Writes an order with a new saga and drives the saga. If the future is dropped, the saga may have started; it then
    /// continues.
    pub async fn begin(&self, beginning: Beginning) -> Result<Begun, EngineError> {
        let inner = self.inner();
        if inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let slot = Arc::clone(&inner.slots)
            .try_acquire_owned()
            .map_err(|_| EngineError::Full)?;
        let (kind, version) = beginning.plan;
        let (plans, policy) = (&inner.parts.catalog, &inner.parts.policy);
        let machine = Machine::of(plans, policy, kind, version);
        let machine =
            machine.ok_or_else(|| EngineError::UnknownPlan(format!("{kind} {version}")))?;
        let unwritten = beginning.start.order.clone();
        let commit = machine.begin(
            beginning.start,
            &mut Moment {
                now: self.now(),
                owner: &inner.parts.owner,
                token: None,
                source: &mut SystemSource,
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
                self.inner().hub.publish(&saga, &order);
                self.drive(saga, order, slot);
                Ok(Begun::New)
            }
            Outcome::KeyTaken(row) => Ok(Begun::KeyTaken(row)),
            // A new saga has no other owner: the same commit was sent twice.
            Outcome::Fenced => Ok(Begun::New),
            Outcome::Stale => Ok(Begun::Stale),
        }
    }
}
