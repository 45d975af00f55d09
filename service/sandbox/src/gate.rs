//! The one way in: checks key and deadline, plays planted faults, decides, writes down, and keeps the journal, for every
//! participant's rpc alike. Knows no rule of any one rpc.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::breach::breach;
use crate::digest::Digest;
use crate::journal::{Entry, Outcome};
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc, Verdict};
use crate::state_file::StateFile;
use crate::world::{Change, World};
use crate::{Error, fault, journal};

/// What the sandbox calls itself in its own errors.
const DOMAIN: &str = "sandbox.v1";

/// The shared state behind all five services.
#[derive(Debug)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    world: World,
    file: Option<StateFile>,
    /// Raised by Reset, so that a late action from before it touches nothing.
    generation: u64,
    /// Set when serving ends: connections that outlive it find nobody, as at a stopped process.
    closed: bool,
}

/// How an admitted request goes on.
struct Admitted {
    generation: u64,
    delay: Duration,
    lose_reply: bool,
}

impl Gate {
    /// An empty world, or the one that the file holds.
    pub(crate) fn open(state_file: Option<&Path>) -> Result<Self, Error> {
        let mut state = State::default();
        if let Some(path) = state_file {
            let (file, world) = StateFile::open(path)?;
            state.world = world;
            state.file = Some(file);
        }
        Ok(Self(Mutex::new(state)))
    }

    /// Takes one request to a participant. A delayed one acts even when the caller has gone away by then, as a slow
    /// participant would.
    pub(crate) async fn pass<R: Rpc>(
        self: &Arc<Self>,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (metadata, _, message) = request.into_parts();
        let (message, admitted) = {
            let mut state = self.lock();
            let admitted = state.admit(&metadata, &message)?;
            if admitted.delay.is_zero() {
                return state.act(message, &admitted).map(Response::new);
            }
            (message, admitted)
        };
        let gate = Arc::clone(self);
        let late = tokio::spawn(async move {
            tokio::time::sleep(admitted.delay).await;
            gate.lock().act(message, &admitted)
        });
        match late.await {
            Ok(answer) => answer.map(Response::new),
            Err(_) => Err(stopped()),
        }
    }

    /// Looks, without leaving a trace.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&World) -> T) -> Result<T, Status> {
        let state = self.lock();
        state.serving()?;
        Ok(at(&state.world))
    }

    /// Acts from outside the participants, as the buyer, the provider or a test.
    pub(crate) fn interfere<T>(
        &self,
        decide: impl FnOnce(&World) -> Result<(Vec<Change>, T), Refusal>,
    ) -> Result<T, Status> {
        let mut state = self.lock();
        state.serving()?;
        let (changes, answer) = decide(&state.world).map_err(|refusal| refusal.status(DOMAIN))?;
        state.commit(changes)?;
        Ok(answer)
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) -> Result<(), Status> {
        let mut state = self.lock();
        state.serving()?;
        if let Some(file) = &mut state.file {
            file.clear().map_err(|error| unwritten(&error))?;
        }
        state.world = World::default();
        state.generation += 1;
        Ok(())
    }

    /// Acts no more, whatever still arrives or is still delayed.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.file = None;
    }

    /// Changes are applied whole or not at all, so a panic elsewhere leaves nothing half done behind the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the sandbox still serves.
    fn serving(&self) -> Result<(), Status> {
        if self.closed { Err(stopped()) } else { Ok(()) }
    }

    /// Refuses a breach of what binds every request, then plays the fault that waits for it.
    fn admit<R: Rpc>(&mut self, metadata: &MetadataMap, message: &R) -> Result<Admitted, Status> {
        self.serving()?;
        if let Err(refusal) = breach(metadata, message) {
            self.note(message, Outcome::Refused, refusal.detail(), Vec::new())?;
            return Err(refusal.status(R::METHOD.package()));
        }
        let mut admitted = Admitted {
            generation: self.generation,
            delay: message.takes(&self.world),
            lose_reply: false,
        };
        let Some((kind, left)) = self.world.faults.next(R::METHOD) else {
            return Ok(admitted);
        };
        let changes: Vec<Change> = left.map(Change::Fault).into_iter().collect();
        match kind {
            fault::Kind::LoseReply => {
                admitted.lose_reply = true;
                self.commit(changes)?;
                Ok(admitted)
            }
            fault::Kind::Delay(delay) => {
                admitted.delay += delay;
                self.note(
                    message,
                    Outcome::Fault,
                    format!("DELAY: {delay:?}"),
                    changes,
                )?;
                Ok(admitted)
            }
            fault::Kind::FailBefore => {
                let refusal =
                    Refusal::unavailable("FAIL_BEFORE", "a planted fault; nothing was done");
                self.note(message, Outcome::Fault, refusal.detail(), changes)?;
                Err(refusal.status(R::METHOD.package()))
            }
            fault::Kind::Reject => {
                let refusal = Refusal::no("REJECT", "a planted fault; nothing was done");
                self.note(message, Outcome::Fault, refusal.detail(), changes)?;
                Err(refusal.status(R::METHOD.package()))
            }
        }
    }

    /// Decides, writes down what changes, and only then answers.
    fn act<R: Rpc>(&mut self, message: R, admitted: &Admitted) -> Result<R::Answer, Status> {
        let domain = R::METHOD.package();
        self.serving()?;
        if admitted.generation != self.generation {
            let refusal = Refusal::unavailable("RESET", "the sandbox was reset meanwhile");
            return Err(refusal.status(domain));
        }
        let (changes, verdict) = self.decide(&message);
        let (outcome, detail, answer) = match verdict {
            Verdict::Done(answer) => (Outcome::Done, String::new(), Ok(answer)),
            Verdict::Stands(answer) => (Outcome::Repeated, String::new(), Ok(answer)),
            Verdict::Refused(refusal) => (Outcome::Refused, refusal.detail(), Err(refusal)),
            Verdict::ReplyLost => {
                let refusal = Refusal::unavailable("REPLY_LOST", "it was done, and the reply lost");
                (Outcome::Fault, refusal.detail(), Err(refusal))
            }
            Verdict::FailedBefore => {
                let refusal = Refusal::unavailable("FAILED_BEFORE", "nothing was done");
                (Outcome::Fault, refusal.detail(), Err(refusal))
            }
        };
        if admitted.lose_reply {
            let detail = format!("LOSE_REPLY: a planted fault; it was {outcome:?} {detail}");
            self.note(&message, Outcome::Fault, detail, changes)?;
            let refusal = Refusal::unavailable("LOSE_REPLY", "a planted fault");
            return Err(refusal.status(domain));
        }
        self.note(&message, outcome, detail, changes)?;
        answer.map_err(|refusal| refusal.status(domain))
    }

    /// What comes of a request, and what is to be remembered of its key.
    fn decide<R: Rpc>(&self, message: &R) -> (Vec<Change>, Verdict<R::Answer>) {
        let content = Digest::of(R::METHOD.name(), &message.clone().keyless().encode_to_vec());
        let key = match message.call() {
            Call::Query => None,
            Call::Acts { key } | Call::ActsForNoOrder { key } => {
                Some(Digest::of(R::METHOD.service(), key.as_bytes()))
            }
        };
        let seen = key.and_then(|key| self.world.asked(key));
        if seen.is_some_and(|seen| seen != content) {
            let refusal = Refusal::no(
                "IDEMPOTENCY_KEY_REUSED",
                "this key already stands for another request",
            );
            return (Vec::new(), Verdict::Refused(refusal));
        }
        let Decision {
            mut changes,
            verdict,
        } = message.decide(
            &self.world,
            Asked {
                now: Moment::now(),
                content,
                repeated: seen.is_some(),
            },
        );
        let acted = match &verdict {
            Verdict::Done(_) | Verdict::Stands(_) | Verdict::ReplyLost => true,
            Verdict::Refused(_) | Verdict::FailedBefore => false,
        };
        if let Some(key) = key.filter(|_| acted && seen.is_none()) {
            changes.push(Change::Key { key, content });
        }
        (changes, verdict)
    }

    /// Commits the changes together with their entry in the journal.
    fn note<R: Rpc>(
        &mut self,
        message: &R,
        outcome: Outcome,
        detail: String,
        mut changes: Vec<Change>,
    ) -> Result<(), Status> {
        let key = match message.call() {
            Call::Query => "",
            Call::Acts { key } | Call::ActsForNoOrder { key } => key,
        };
        changes.push(Change::Journal(journal::Change::Added(Entry {
            time: Moment::now(),
            method: R::METHOD,
            key: key.into(),
            order_id: message.order_id().into(),
            outcome,
            detail: detail.into(),
        })));
        self.commit(changes)
    }

    /// The file first: what was answered must be found again. The write goes to the page cache and takes microseconds.
    fn commit(&mut self, changes: Vec<Change>) -> Result<(), Status> {
        if changes.is_empty() {
            return Ok(());
        }
        if let Some(file) = &mut self.file {
            file.append(&changes).map_err(|error| unwritten(&error))?;
        }
        for change in changes {
            self.world.apply(change);
        }
        Ok(())
    }
}

fn stopped() -> Status {
    Refusal::unavailable("STOPPED", "the sandbox has stopped").status(DOMAIN)
}

fn unwritten(error: &std::io::Error) -> Status {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the sandbox's state file cannot be written"
    );
    Refusal::unavailable("STATE_UNWRITTEN", "the state could not be kept").status(DOMAIN)
}
