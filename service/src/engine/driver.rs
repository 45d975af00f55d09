//! Drives one saga: performs the effects of its `Turn`.
//!
//! Owns what `Turn` does not know: the lease, the pauses between tries, the wake-ups, the failpoints. A driver that is
//! dropped or killed leaves a durable saga whose next call is named; the replica that claims it makes that call again under
//! the same key.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Instrument;

use crate::domain::{
    Answer, Call, CallError, Commit, Order, Outcome, Request, Saga, SagaId, Secret, Timestamp,
};
use crate::engine::failpoint::{self, When};
use crate::engine::handle::{Engine, SystemSource};
use crate::participant::Participants;
use crate::saga::{Done, Effect, Event, Machine, Moment, Place, Turn, Unreadable};
use crate::store;
use crate::store::journal::{Journal, Outbox};
use crate::supervise::caught;

/// Longest sleep before the saga is read again, to see a caller that stepped in at another replica.
const LOOK: Duration = Duration::from_secs(1);
/// First pause before a commit is sent again; doubles.
const COMMIT_PAUSE_FIRST: Duration = Duration::from_millis(50);
/// Why a saga is parked.
const PANICKED: &str = "its driver panicked; the standard error of the replica names the place";
/// How long a caller's commit may still take once the engine stops.
const STOPPING_PATIENCE: Duration = Duration::from_millis(500);
/// Longest pause before a commit is sent again.
const COMMIT_PAUSE_MAX: Duration = Duration::from_secs(2);

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Drives a saga that this replica owns, in a task of its own.
    pub(super) fn drive(&self, saga: Saga, order: Order, slot: OwnedSemaphorePermit) {
        let span = tracing::info_span!(
            "saga",
            kind = %saga.kind,
            saga_id = %saga.saga_id,
            order_id = %saga.order_id,
        );
        let engine = self.clone();
        self.inner().tasks.spawn(
            async move {
                let (saga_id, epoch) = (saga.saga_id, saga.epoch);
                let _lease = engine.inner().leases.hold(saga_id, epoch);
                let driven = caught("the driver of a saga", engine.drive_to_rest(saga, order));
                if driven.await.is_err() {
                    engine.park_after_panic(saga_id, epoch).await;
                }
                drop(slot);
            }
            .instrument(span),
        );
    }

    async fn drive_to_rest(&self, saga: Saga, order: Order) {
        let parts = &self.inner().parts;
        let (kind, version) = (&saga.kind, saga.definition_version);
        let Some(machine) = Machine::of(&parts.catalog, &parts.policy, kind, version) else {
            return;
        };
        let mut turn = Turn::new(machine, saga, order);
        let mut pause = COMMIT_PAUSE_FIRST;
        while !self.inner().stopping.is_cancelled() || turn.holds_answer() {
            let token = self.token(turn.saga());
            let effect = turn.next(&mut Moment {
                now: parts.journal.now(),
                owner: &parts.owner,
                token: token.as_ref(),
                source: &mut SystemSource,
            });
            let event = match effect {
                Effect::Done(done) => return log(done),
                Effect::Load(saga_id) => self.load(saga_id, turn.holds_answer()).await,
                Effect::SleepUntil(until) => self.sleep(turn.saga().saga_id, until).await,
                Effect::Call {
                    place,
                    call,
                    idempotency_key,
                } => Some(self.call(place, *call, idempotency_key).await),
                Effect::Commit { commit, place } => {
                    let written = self.commit(&mut turn, *commit, &mut pause).await;
                    if let Some(place) = place.filter(|_| written == Some(true)) {
                        failpoint::reach(failpoint::Place::at(&place), When::AfterCommit).await;
                    }
                    match written {
                        Some(_) => continue,
                        None => return,
                    }
                }
            };
            match event {
                Some(event) => turn.resume(event),
                None => return,
            }
        }
    }

    /// Moves a saga whose driver panicked to NEEDS_ATTENTION, where operators see it. Where that fails too, the saga is
    /// claimed again when its lease ends.
    async fn park_after_panic(&self, saga_id: SagaId, epoch: i64) {
        let parked = caught("parking a saga", async {
            let parts = &self.inner().parts;
            let found = parts.journal.load(saga_id).await.ok().flatten();
            let (saga, order) = found.filter(|(saga, _)| saga.epoch == epoch)?;
            let (kind, version) = (&saga.kind, saga.definition_version);
            let machine = Machine::of(&parts.catalog, &parts.policy, kind, version)?;
            let commit = machine.park(
                &saga,
                &order,
                &Unreadable::part("the saga", PANICKED),
                &mut Moment {
                    now: parts.journal.now(),
                    owner: &parts.owner,
                    token: None,
                    source: &mut SystemSource,
                },
            );
            let written = self.write_patiently(commit, parts.policy.lease).await;
            (written.ok()? == Outcome::Applied).then_some(())
        });
        if parked.await != Ok(Some(())) {
            tracing::error!(
                "a saga whose driver panicked is not parked; it is claimed again when its lease ends"
            );
        }
    }

    async fn call(&self, place: Place, call: Call, idempotency_key: String) -> Event {
        let parts = &self.inner().parts;
        let span = tracing::info_span!("step", step = %place.step, purpose = ?place.purpose);
        let request = Request {
            call,
            idempotency_key,
            deadline: parts.policy.step_deadline,
        };
        let point = failpoint::Place::at(&place);
        failpoint::reach(point.clone(), When::BeforeCall).await;
        let answer: Result<Answer, CallError> =
            parts.participants.call(request).instrument(span).await;
        failpoint::reach(point, When::AfterCall).await;
        if let Err(error) = &answer {
            tracing::info!(step = %place.step, purpose = ?place.purpose, error = error.kind(), "a participant did not do as asked");
        }
        Event::Answered(answer)
    }

    /// Sleeps until the time, until a caller steps in here, or until it is time to look. None: the engine stops.
    async fn sleep(&self, saga_id: SagaId, until: Timestamp) -> Option<Event> {
        let inner = self.inner();
        let pause = until.since(inner.parts.journal.now()).min(LOOK);
        let bell = inner.leases.bell(saga_id);
        tokio::select! {
            () = tokio::time::sleep(pause) => Some(Event::Woke),
            () = bell.notified() => Some(Event::Woke),
            () = inner.stopping.cancelled() => None,
        }
    }

    /// Sends a commit once and resumes the turn with its outcome, which may be in doubt. Returns whether it applied; none
    /// where the saga cannot be driven any further here.
    async fn commit(
        &self,
        turn: &mut Turn<'_>,
        mut commit: Commit,
        pause: &mut Duration,
    ) -> Option<bool> {
        let inner = self.inner();
        let has_deliveries = !commit.outbox.is_empty();
        self.leave_to_others(&mut commit);
        match inner.parts.journal.commit(commit).await {
            Ok(outcome) => {
                *pause = COMMIT_PAUSE_FIRST;
                let applied = outcome == Outcome::Applied;
                turn.resume(Event::Committed(outcome));
                if applied {
                    inner.leases.renewed(turn.saga().saga_id);
                    inner.hub.publish(turn.saga(), turn.order());
                }
                if applied && has_deliveries {
                    inner.delivery_due.wake();
                }
                Some(applied)
            }
            // An answer is recorded also while the engine stops: the drain is bounded.
            Err(store::Error::Unavailable { .. })
                if !inner.stopping.is_cancelled() || turn.holds_answer() =>
            {
                tokio::time::sleep(*pause).await;
                *pause = (*pause * 2).min(COMMIT_PAUSE_MAX);
                turn.resume(Event::InDoubt);
                Some(false)
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a commit was refused; the saga is tried again when its lease ends"
                );
                None
            }
        }
    }

    /// Sends a commit until its outcome is known, or `patience` is spent; when the engine stops, for a moment longer. A
    /// commit whose time is up may still apply.
    pub(super) async fn write_patiently(
        &self,
        mut commit: Commit,
        patience: Duration,
    ) -> Result<Outcome, store::Error> {
        let stopping = &self.inner().stopping;
        let deadline = Instant::now() + patience;
        let stopped = async {
            stopping.cancelled().await;
            tokio::time::sleep(STOPPING_PATIENCE).await;
        };
        let writing = async {
            let mut pause = COMMIT_PAUSE_FIRST;
            loop {
                self.leave_to_others(&mut commit);
                let failed = match self.inner().parts.journal.commit(commit.clone()).await {
                    Err(error @ store::Error::Unavailable { .. }) => error,
                    known => return known,
                };
                if Instant::now() + pause > deadline || stopping.is_cancelled() {
                    return Err(failed);
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(COMMIT_PAUSE_MAX);
            }
        };
        tokio::select! {
            written = tokio::time::timeout_at(deadline, writing) => {
                written.unwrap_or_else(|_| Err(store::Error::no_answer("commit")))
            }
            () = stopped => Err(store::Error::no_answer("commit")),
        }
    }

    /// Writes no lease once the engine stops: the leases are given up, and a new one would delay the replica that takes
    /// the saga over.
    fn leave_to_others(&self, commit: &mut Commit) {
        if self.inner().stopping.is_cancelled() {
            commit.saga.owner = None;
        }
    }

    /// Reads the saga, again and again while the store is unavailable. None: it cannot be read, or the engine stops.
    async fn load(&self, saga_id: SagaId, holds_answer: bool) -> Option<Event> {
        let mut pause = COMMIT_PAUSE_FIRST;
        loop {
            match self.inner().parts.journal.load(saga_id).await {
                Ok(found) => return Some(Event::Loaded(found.map(Box::new))),
                Err(store::Error::Unavailable { .. })
                    if !self.inner().stopping.is_cancelled() || holds_answer =>
                {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(COMMIT_PAUSE_MAX);
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a saga cannot be read"
                    );
                    return None;
                }
            }
        }
    }

    fn token(&self, saga: &Saga) -> Option<Secret> {
        let sealed = saga.sealed_token.as_deref()?;
        (self.inner().parts.open_token)(saga.order_id, sealed)
    }
}

fn log(done: Done) {
    match done {
        Done::Rest => {}
        Done::Fenced => tracing::info!("another replica owns the saga now"),
        Done::Ended => tracing::warn!("an answer arrived after the saga had ended; it is recorded"),
    }
}
