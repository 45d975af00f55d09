//! One saga driven by one replica, as a state machine without I/O: it yields the next effect and consumes its result.
//!
//! ```text
//! Deciding ─▶ Call ─▶ Calling ─▶ Answered ─▶ Commit ─▶ Writing ─▶ Deciding …
//!     │                                                   │
//!     ├─▶ Commit (a decision to write)                    └─ stale ─▶ Load ─▶ Answered, again
//!     ├─▶ SleepUntil ─▶ Load
//!     └─▶ Done
//! ```
//!
//! The tokio driver and the simulation both run it. Knows no lease, timer, retry pause or failpoint: the driver does.

use crate::domain::{
    Answer, Call, CallError, Commit, Order, Outcome, Saga, SagaId, SagaState, Timestamp,
};
use crate::saga::machine::{Decision, Machine, Purpose};
use crate::saga::moment::Moment;

/// What the driver has to do next.
#[derive(Debug)]
pub enum Effect {
    /// Read the saga and its order, and answer `Event::Loaded`.
    Load(SagaId),
    /// Write this commit, and answer `Event::Committed`, or `Event::InDoubt` where the outcome is not known: the same
    /// commit is then yielded again.
    Commit {
        /// The commit.
        commit: Box<Commit>,
        /// The call whose answer it records; none for a decision.
        place: Option<Place>,
    },
    /// Make this call, which is durable already, and answer `Event::Answered`.
    Call {
        /// Where the saga is.
        place: Place,
        /// The call.
        call: Box<Call>,
        /// Its idempotency key; empty for a query.
        idempotency_key: String,
    },
    /// Sleep until this time of the database's clock, or until a caller steps in, and answer `Event::Woke`.
    SleepUntil(Timestamp),
    Done(Done),
}

/// Plan, step and purpose of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub kind: String,
    pub step: String,
    /// Whether the step is done, asked about or undone.
    pub purpose: Purpose,
}

/// Why a replica stops driving a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The saga is at rest, or its lease was given up until it is due.
    Rest,
    /// Another replica owns the saga.
    Fenced,
    /// The saga had ended when an answer arrived; the answer is recorded.
    Ended,
}

/// The result of an effect.
#[derive(Debug)]
pub enum Event {
    /// The saga and its order as they are stored; none where the saga is not there.
    Loaded(Option<Box<(Saga, Order)>>),
    /// The outcome of the commit.
    Committed(Outcome),
    /// The commit may have applied or not.
    InDoubt,
    /// The answer to the call.
    Answered(Result<Answer, CallError>),
    /// The time has come, or a caller stepped in.
    Woke,
}

/// A saga in the hands of the replica that owns it.
#[derive(Debug)]
pub struct Turn<'a> {
    machine: Machine<'a>,
    /// The epoch of the replica's claim.
    epoch: i64,
    saga: Saga,
    order: Order,
    state: State,
}

#[derive(Debug)]
enum State {
    Deciding,
    Sleeping,
    Calling(Place),
    /// `stepped_in`: a caller changed the saga while the call was made.
    Answered {
        call: Answered,
        stepped_in: bool,
    },
    AnsweredAfterEnd(Answered),
    Writing {
        commit: Box<Commit>,
        call: Option<Answered>,
    },
    Loading(Option<Answered>),
    Done(Done),
}

#[derive(Debug, Clone)]
struct Answered {
    place: Place,
    answer: Result<Answer, CallError>,
}

impl<'a> Turn<'a> {
    /// Begins to drive a saga that was claimed, or begun, at its present epoch.
    pub fn new(machine: Machine<'a>, saga: Saga, order: Order) -> Self {
        Self {
            machine,
            epoch: saga.epoch,
            saga,
            order,
            state: State::Deciding,
        }
    }

    /// The saga as it was last read or written.
    pub fn saga(&self) -> &Saga {
        &self.saga
    }

    /// The order as it was last read or written.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Whether a call was answered and its answer is not recorded yet: a driver that stops records it first.
    pub fn holds_answer(&self) -> bool {
        match &self.state {
            State::Answered { .. } | State::AnsweredAfterEnd(_) => true,
            State::Writing { call, .. } | State::Loading(call) => call.is_some(),
            State::Deciding | State::Sleeping | State::Calling(_) | State::Done(_) => false,
        }
    }

    /// The next effect. Called again before its result is known, it yields the same.
    pub fn next(&mut self, moment: &mut Moment<'_>) -> Effect {
        match std::mem::replace(&mut self.state, State::Done(Done::Rest)) {
            State::Deciding => self.decide(moment),
            State::Answered { call, stepped_in } => {
                let (saga, order) = (&self.saga, &self.order);
                let answer = call.answer.clone();
                let purpose = call.place.purpose;
                let mut commit = self.machine.answered(saga, order, purpose, answer, moment);
                if stepped_in {
                    look_at_once(&mut commit, moment);
                }
                self.write(Box::new(commit), Some(call))
            }
            State::AnsweredAfterEnd(call) => {
                let commit = self.machine.answered_after_end(
                    &self.saga,
                    &self.order,
                    (call.place.purpose, &call.place.step),
                    &call.answer,
                    moment,
                );
                self.write(Box::new(commit), Some(call))
            }
            State::Writing { commit, call } => self.write(commit, call),
            State::Loading(call) => {
                self.state = State::Loading(call);
                Effect::Load(self.saga.saga_id)
            }
            State::Sleeping => {
                self.state = State::Sleeping;
                Effect::SleepUntil(self.saga.due_time.unwrap_or(moment.now))
            }
            State::Calling(_) => {
                // Not repeated blindly: what is durable decides it again, under the same key.
                self.decide(moment)
            }
            State::Done(done) => self.done(done),
        }
    }

    fn decide(&mut self, moment: &mut Moment<'_>) -> Effect {
        match self.machine.decide(&self.saga, &self.order, moment) {
            Decision::Rest => self.done(Done::Rest),
            Decision::Sleep(until) => {
                self.state = State::Sleeping;
                Effect::SleepUntil(until)
            }
            Decision::Write(commit) => self.write(commit, None),
            Decision::Call {
                purpose,
                call,
                idempotency_key,
            } => {
                let step = self.saga.current_step();
                let place = Place {
                    kind: self.saga.kind.clone(),
                    step: step.map(|step| step.name.clone()).unwrap_or_default(),
                    purpose,
                };
                self.state = State::Calling(place.clone());
                Effect::Call {
                    place,
                    call,
                    idempotency_key,
                }
            }
        }
    }

    fn write(&mut self, commit: Box<Commit>, call: Option<Answered>) -> Effect {
        let effect = Effect::Commit {
            commit: commit.clone(),
            place: call.as_ref().map(|call| call.place.clone()),
        };
        self.state = State::Writing { commit, call };
        effect
    }

    fn done(&mut self, done: Done) -> Effect {
        self.state = State::Done(done);
        Effect::Done(done)
    }

    /// Consumes the result of the effect that `next` yielded.
    ///
    /// # Panics
    /// Where the event does not answer that effect: a fault of the driver.
    pub fn resume(&mut self, event: Event) {
        let state = std::mem::replace(&mut self.state, State::Done(Done::Rest));
        self.state = match (state, event) {
            (State::Calling(place), Event::Answered(answer)) => State::Answered {
                call: Answered { place, answer },
                stepped_in: false,
            },
            (State::Writing { commit, call }, Event::InDoubt) => State::Writing { commit, call },
            (State::Writing { commit, call }, Event::Committed(outcome)) => {
                self.committed(*commit, call, &outcome)
            }
            (State::Loading(call), Event::Loaded(found)) => self.loaded(call, found),
            (State::Sleeping, Event::Woke) => State::Loading(None),
            (state, event) => panic!("{event:?} does not answer {state:?}"),
        };
    }

    fn committed(&mut self, commit: Commit, call: Option<Answered>, outcome: &Outcome) -> State {
        match outcome {
            Outcome::Applied if self.saga.state.has_ended() => State::Done(Done::Ended),
            Outcome::Applied => {
                self.saga = commit.saga;
                if let Some(write) = commit.order {
                    self.order = write.order;
                }
                State::Deciding
            }
            Outcome::Stale => State::Loading(call),
            // The new owner makes the call again under the same key, unless the saga has ended.
            Outcome::Fenced if call.is_some() => State::Loading(call),
            Outcome::Fenced | Outcome::KeyTaken(_) => State::Done(Done::Fenced),
        }
    }

    fn loaded(&mut self, call: Option<Answered>, found: Option<Box<(Saga, Order)>>) -> State {
        let Some(found) = found else {
            return State::Done(Done::Fenced);
        };
        (self.saga, self.order) = *found;
        match call {
            Some(call) if self.saga.state.has_ended() => State::AnsweredAfterEnd(call),
            _ if self.saga.epoch != self.epoch => State::Done(Done::Fenced),
            Some(call) => State::Answered {
                call,
                stepped_in: true,
            },
            None => State::Deciding,
        }
    }
}

/// A saga that this commit would let wait looks at once instead: what the caller stepped in for may be newer than the
/// answer, and its wake-up must not be lost (rule 9).
fn look_at_once(commit: &mut Commit, moment: &Moment<'_>) {
    if commit.saga.state == SagaState::Waiting {
        commit.saga.due_time = Some(commit.saga.update_time);
        commit.saga.owner = Some(moment.owner.clone());
    }
}

#[cfg(test)]
mod tests;
