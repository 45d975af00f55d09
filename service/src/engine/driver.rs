//! Drives one saga: performs what the machine decides, and writes what it says of the answers.
//!
//! A dropped or killed driver leaves a durable saga whose next call is named; whoever claims it makes that call again
//! under the same key.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

use crate::domain::{Commit, Order, Outcome, Request, Saga, Secret};
use crate::engine::failpoint;
use crate::engine::failpoint::{Place, When};
use crate::engine::handle::{Driven, Engine, Fresh};
use crate::participant::Participants;
use crate::saga::machine::look_at_once;
use crate::saga::{Decision, Machine, Moment, Purpose};
use crate::store;
use crate::store::journal::{Journal, Outbox};

/// Longest pause before a driver looks whether somebody stepped in at another replica.
const LOOK: Duration = Duration::from_secs(1);
/// First pause before a commit is sent again; doubles.
const COMMIT_PAUSE_FIRST: Duration = Duration::from_millis(50);
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
                let saga_id = saga.saga_id;
                engine.inner().leases.hold(saga_id, saga.epoch);
                engine.drive_to_rest(saga, order).await;
                engine.inner().leases.let_go(saga_id);
                drop(slot);
            }
            .instrument(span),
        );
    }

    async fn drive_to_rest(&self, saga: Saga, order: Order) {
        let mut driven = (saga, order);
        while !self.inner().stopping.is_cancelled() {
            match self.turn(driven).await {
                Some(next) => driven = next,
                None => return,
            }
        }
    }

    /// One decision, carried out. None: the saga is not ours to move any more.
    async fn turn(&self, (saga, order): Driven) -> Option<Driven> {
        let inner = self.inner();
        let plan = inner
            .parts
            .catalog
            .plan(&saga.kind, saga.definition_version)?;
        let machine = Machine::new(plan, &inner.parts.policy);
        let token = self.token(&saga);
        let decision = machine.decide(&saga, &order, &mut self.moment(token.as_ref(), &mut Fresh));
        match decision {
            Decision::Rest => None,
            Decision::Write(commit) => {
                let (next, outcome) = self.write((saga, order), *commit).await?;
                match outcome {
                    Outcome::Applied => Some(next),
                    Outcome::Stale => self.reread(&next.0).await,
                    Outcome::Fenced | Outcome::KeyTaken(_) => None,
                }
            }
            Decision::Sleep(until) => {
                let pause = until.since(inner.parts.journal.now()).min(LOOK);
                let bell = inner.leases.bell(saga.saga_id);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = bell.notified() => {}
                    () = inner.stopping.cancelled() => return None,
                }
                self.reread(&saga).await
            }
            Decision::Call {
                purpose,
                call,
                idempotency_key,
            } => {
                let name = saga.current_step().map_or("", |step| step.name.as_str());
                let span = tracing::info_span!("step", step = name, purpose = ?purpose);
                let request = Request {
                    call: *call,
                    idempotency_key,
                    deadline: inner.parts.policy.step_deadline,
                };
                let place = Place::at(&saga, purpose);
                failpoint::reach(place.clone(), When::BeforeCall).await;
                let answer = inner
                    .parts
                    .participants
                    .call(request)
                    .instrument(span)
                    .await;
                failpoint::reach(place.clone(), When::AfterCall).await;
                if let Err(error) = &answer {
                    tracing::info!(step = name, ?purpose, %error, "a participant did not do as asked");
                }
                let noted = self
                    .note_answer(machine, (saga, order), purpose, answer)
                    .await;
                failpoint::reach(place, When::AfterCommit).await;
                noted
            }
        }
    }

    /// Writes what the answer means; applied again to the newer state when somebody stepped in meanwhile. What they told
    /// may be newer than the answer, so a saga that would wait now looks at once: their wake-up is not lost (RULE 9).
    async fn note_answer(
        &self,
        machine: Machine<'_>,
        mut driven: Driven,
        purpose: Purpose,
        answer: Result<crate::domain::Answer, crate::domain::CallError>,
    ) -> Option<Driven> {
        let mut stepped_in = false;
        loop {
            let mut commit = {
                let (saga, order) = &driven;
                let token = self.token(saga);
                let mut fresh = Fresh;
                let mut moment = self.moment(token.as_ref(), &mut fresh);
                machine.answered(saga, order, purpose, answer.clone(), &mut moment)
            };
            if stepped_in {
                look_at_once(&mut commit);
            }
            let (next, outcome) = self.write(driven, commit).await?;
            match outcome {
                Outcome::Applied => return Some(next),
                Outcome::Stale => {
                    driven = self.reread(&next.0).await?;
                    if driven.0.state.has_ended() {
                        // A person ended it meanwhile, and asked the participants before.
                        return None;
                    }
                    stepped_in = true;
                }
                Outcome::Fenced | Outcome::KeyTaken(_) => return None,
            }
        }
    }

    /// Writes one commit, again and again while its outcome is in doubt. Answers the state that is durable now.
    async fn write(&self, driven: Driven, commit: Commit) -> Option<(Driven, Outcome)> {
        let becomes = commit.saga.clone();
        let order = commit.order.as_ref().map(|write| write.order.clone());
        let mails = !commit.outbox.is_empty();
        match self.write_patiently(commit, Duration::MAX).await {
            Ok(Outcome::Applied) => {
                let now = (becomes, order.unwrap_or(driven.1));
                self.inner().leases.renewed(now.0.saga_id);
                self.inner().hub.publish(&now.0, &now.1);
                if mails {
                    self.inner().mail.notify_one();
                }
                Some((now, Outcome::Applied))
            }
            Ok(outcome) => {
                if outcome == Outcome::Fenced {
                    tracing::info!("another replica owns the saga now");
                }
                Some((driven, outcome))
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

    /// Sends a commit until its outcome is known, or `patience` is spent.
    pub(super) async fn write_patiently(
        &self,
        commit: Commit,
        patience: Duration,
    ) -> Result<Outcome, store::Error> {
        let began = tokio::time::Instant::now();
        let mut pause = COMMIT_PAUSE_FIRST;
        loop {
            let failed = match self.inner().parts.journal.commit(commit.clone()).await {
                Err(error @ store::Error::Unavailable { .. }) => error,
                known => return known,
            };
            if began.elapsed() + pause > patience || self.inner().stopping.is_cancelled() {
                return Err(failed);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(COMMIT_PAUSE_MAX);
        }
    }

    /// Reads a saga again; none where this replica does not own it any more.
    async fn reread(&self, saga: &Saga) -> Option<Driven> {
        let mut pause = COMMIT_PAUSE_FIRST;
        loop {
            match self.inner().parts.journal.load(saga.saga_id).await {
                Ok(Some((fresh, order))) if fresh.epoch == saga.epoch => {
                    return Some((fresh, order));
                }
                Ok(_) => return None,
                Err(store::Error::Unavailable { .. }) if !self.inner().stopping.is_cancelled() => {
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

    fn moment<'a>(&'a self, token: Option<&'a Secret>, source: &'a mut Fresh) -> Moment<'a> {
        Moment {
            now: self.inner().parts.journal.now(),
            owner: &self.inner().parts.owner,
            token,
            source,
        }
    }
}
