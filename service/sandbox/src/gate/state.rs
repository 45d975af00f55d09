//! The steps of one request under the gate's lock: check it, apply the injected fault, decide, write the changes and the
//! journal entry. Knows no rule of any one rpc, and does not wait.

use std::path::Path;
use std::time::Duration;

use tonic::Status;
use tonic::metadata::MetadataMap;

use super::requirements;
use super::state_file::StateFile;
use crate::error::Error;
use crate::rpc::{Attempt, Decision, Kind, Rpc, Verdict};
use crate::value::digest::Digest;
use crate::value::moment::Moment;
use crate::value::refusal::Refusal;
use crate::world::{Change, World, fault, journal};

/// The `domain` of the errors that are the sandbox's own.
const DOMAIN: &str = "sandbox.v1";

/// The participants' state and where it is kept.
#[derive(Debug, Default)]
pub(super) struct State {
    world: World,
    file: Option<StateFile>,
    /// Raised by Reset, so that a delayed command from before it does not act.
    generation: u64,
    /// Set when serving ends: connections that are still open are refused, as by a stopped process.
    closed: bool,
}

/// A request that passed the checks.
pub(super) struct Admitted {
    generation: u64,
    /// The time to wait before the command acts.
    pub(super) delay: Duration,
    lose_reply: bool,
}

impl State {
    pub(super) fn open(state_file: Option<&Path>) -> Result<Self, Error> {
        let mut state = Self::default();
        if let Some(path) = state_file {
            let (file, world) = StateFile::open(path)?;
            state.world = world;
            state.file = Some(file);
        }
        Ok(state)
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> Result<T, Status> {
        self.check_open()?;
        Ok(read(&self.world))
    }

    pub(super) fn control<T>(
        &mut self,
        decide: impl FnOnce(&World) -> Result<(Vec<Change>, T), Refusal>,
    ) -> Result<T, Status> {
        self.check_open()?;
        let (changes, answer) = decide(&self.world).map_err(|refusal| refusal.status(DOMAIN))?;
        self.commit(changes)?;
        Ok(answer)
    }

    pub(super) fn reset(&mut self) -> Result<(), Status> {
        self.check_open()?;
        if let Some(file) = &mut self.file {
            file.clear().map_err(|error| unwritten(&error))?;
        }
        self.world = World::default();
        self.generation += 1;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
        self.file = None;
    }

    fn check_open(&self) -> Result<(), Status> {
        if self.closed { Err(stopped()) } else { Ok(()) }
    }

    /// Refuses a request that breaks a general requirement, then applies the next injected fault of its method.
    pub(super) fn admit<R: Rpc>(
        &mut self,
        metadata: &MetadataMap,
        message: &R,
    ) -> Result<Admitted, Status> {
        self.check_open()?;
        if let Err(refusal) = requirements::check(metadata, message) {
            self.record(
                message,
                journal::Outcome::Refused,
                refusal.detail(),
                Vec::new(),
            )?;
            return Err(refusal.status(R::METHOD.package()));
        }
        let mut admitted = Admitted {
            generation: self.generation,
            delay: message.latency(&self.world),
            lose_reply: false,
        };
        let Some((kind, left)) = self.world.faults.next(R::METHOD) else {
            return Ok(admitted);
        };
        let changes: Vec<Change> = left.map(Change::Fault).into_iter().collect();
        let refusal = match kind {
            fault::Kind::LoseReply => {
                admitted.lose_reply = true;
                self.commit(changes)?;
                return Ok(admitted);
            }
            fault::Kind::Delay(delay) => {
                admitted.delay += delay;
                let detail = format!("DELAY: {delay:?}");
                self.record(message, journal::Outcome::Fault, detail, changes)?;
                return Ok(admitted);
            }
            fault::Kind::FailBefore => {
                Refusal::unavailable("FAIL_BEFORE", "a planted fault; nothing was done")
            }
            fault::Kind::Reject => {
                Refusal::failed_precondition("REJECT", "a planted fault; nothing was done")
            }
        };
        self.record(message, journal::Outcome::Fault, refusal.detail(), changes)?;
        Err(refusal.status(R::METHOD.package()))
    }

    /// Decides, writes the changes, and only then answers.
    pub(super) fn act<R: Rpc>(
        &mut self,
        message: R,
        admitted: &Admitted,
    ) -> Result<R::Answer, Status> {
        let domain = R::METHOD.package();
        self.check_open()?;
        if admitted.generation != self.generation {
            let refusal = Refusal::unavailable("RESET", "the sandbox was reset meanwhile");
            return Err(refusal.status(domain));
        }
        let (changes, verdict) = self.decide(&message);
        let (outcome, detail, answer) = match verdict {
            Verdict::Done(answer) => (journal::Outcome::Done, String::new(), Ok(answer)),
            Verdict::Repeated(answer) => (journal::Outcome::Repeated, String::new(), Ok(answer)),
            Verdict::Refused(refusal) => {
                (journal::Outcome::Refused, refusal.detail(), Err(refusal))
            }
            Verdict::ReplyLost => {
                let refusal = Refusal::unavailable("REPLY_LOST", "it was done, and the reply lost");
                (journal::Outcome::Fault, refusal.detail(), Err(refusal))
            }
            Verdict::FailedBefore => {
                let refusal = Refusal::unavailable("FAILED_BEFORE", "nothing was done");
                (journal::Outcome::Fault, refusal.detail(), Err(refusal))
            }
        };
        if admitted.lose_reply {
            let detail = format!("LOSE_REPLY: a planted fault; it was {outcome:?} {detail}");
            self.record(&message, journal::Outcome::Fault, detail, changes)?;
            let refusal = Refusal::unavailable("LOSE_REPLY", "a planted fault");
            return Err(refusal.status(domain));
        }
        self.record(&message, outcome, detail, changes)?;
        answer.map_err(|refusal| refusal.status(domain))
    }

    /// Claims the key and lets the rpc decide. A key that acted is remembered with its content; a refused request leaves its
    /// key free.
    fn decide<R: Rpc>(&self, message: &R) -> (Vec<Change>, Verdict<R::Answer>) {
        let content = message.clone().without_key().encode_to_vec();
        let content = Digest::of(R::METHOD.name(), &content);
        let key = match message.kind() {
            Kind::Query => None,
            Kind::OrderCommand { key } | Kind::Command { key } => {
                Some(Digest::of(R::METHOD.service(), key.as_bytes()))
            }
        };
        let earlier = key.and_then(|key| self.world.content_of(key));
        if earlier.is_some_and(|earlier| earlier != content) {
            let refusal = Refusal::failed_precondition(
                "IDEMPOTENCY_KEY_REUSED",
                "this key already stands for another request",
            );
            return (Vec::new(), Verdict::Refused(refusal));
        }
        let attempt = Attempt {
            now: Moment::now(),
            content,
            repeated: earlier.is_some(),
        };
        let Decision {
            mut changes,
            verdict,
        } = message.decide(&self.world, attempt);
        let acted = match &verdict {
            Verdict::Done(_) | Verdict::Repeated(_) | Verdict::ReplyLost => true,
            Verdict::Refused(_) | Verdict::FailedBefore => false,
        };
        if let Some(key) = key.filter(|_| acted && earlier.is_none()) {
            changes.push(Change::Key { key, content });
        }
        (changes, verdict)
    }

    /// Commits the changes together with the request's journal entry.
    fn record<R: Rpc>(
        &mut self,
        message: &R,
        outcome: journal::Outcome,
        detail: String,
        mut changes: Vec<Change>,
    ) -> Result<(), Status> {
        let key = match message.kind() {
            Kind::Query => "",
            Kind::OrderCommand { key } | Kind::Command { key } => key,
        };
        changes.push(Change::Journal(journal::Change::Added(journal::Entry {
            time: Moment::now(),
            method: R::METHOD,
            key: key.into(),
            order_id: message.order_id().into(),
            outcome,
            detail: detail.into(),
        })));
        self.commit(changes)
    }

    /// Writes the file first, so that a restart finds all that was answered. The write goes to the page cache and takes
    /// microseconds.
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

pub(super) fn stopped() -> Status {
    Refusal::unavailable("STOPPED", "the sandbox has stopped").status(DOMAIN)
}

fn unwritten(error: &std::io::Error) -> Status {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the sandbox's state file cannot be written"
    );
    Refusal::unavailable("STATE_UNWRITTEN", "the state could not be kept").status(DOMAIN)
}
