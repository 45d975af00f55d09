//! The pure machine: from what is durable it decides what to do next, and from an answer what to write.
//!
//! No I/O, no clock, no randomness. The same code runs a saga that was just placed and one that was found after a crash.

mod after_end;
mod attention;
mod backward;
mod begin;
mod draft;
mod forward;
mod step_in;

use std::time::Duration;

use crate::domain::{
    Answer, Call, CallError, Commit, Order, Saga, SagaState, Step, StepState, Timestamp, Way,
};
use crate::saga::moment::Moment;
use crate::saga::plan::{Definition, Plans, Stage};
use crate::saga::policy::Policy;
use crate::saga::step::{Scene, Unreadable};

pub use begin::Start;
pub(crate) use draft::stay_of;
pub(crate) use step_in::can_be_resolved;
pub use step_in::{Cancel, Hint, Intervention, Operator, StepIn};

/// How long a step is simply called again under its key; later it is asked about first.
const TRUSTED_FOR: Duration = Duration::from_secs(60 * 60);

/// Why a participant is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To do the step.
    Act,
    /// To learn what became of it.
    Query,
    /// To undo it.
    Undo,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make this call, which is durable already, and bring the answer.
    Call {
        /// What for.
        purpose: Purpose,
        /// What is asked.
        call: Box<Call>,
        /// Its key; empty for a query.
        idempotency_key: String,
    },
    /// Write this, and decide again.
    Write(Box<Commit>),
    /// Decide again at this time; the lease is kept until then.
    Sleep(Timestamp),
    /// Nothing: the saga is at rest, or another will find it when it is due.
    Rest,
}

/// One plan under one policy.
#[derive(Debug, Clone, Copy)]
pub struct Machine<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) policy: &'a Policy,
    pub(crate) plans: &'a dyn Plans,
}

impl<'a> Machine<'a> {
    /// A machine for sagas of this plan.
    pub fn new(definition: &'a Definition, policy: &'a Policy, plans: &'a dyn Plans) -> Self {
        Self {
            definition,
            policy,
            plans,
        }
    }

    /// A machine for sagas of this kind and version; none where no plan of that name is known.
    pub fn of(plans: &'a dyn Plans, policy: &'a Policy, kind: &str, version: u32) -> Option<Self> {
        let definition = plans.plan(kind, version)?;
        Some(Self::new(definition, policy, plans))
    }

    /// What to do next, from what is durable alone.
    pub fn decide(&self, saga: &Saga, order: &Order, moment: &mut Moment<'_>) -> Decision {
        let Some(due) = saga.due_time else {
            return Decision::Rest;
        };
        if saga.state.has_ended() {
            return Decision::Rest;
        }
        if due > moment.now {
            return if saga.owner.is_some() {
                Decision::Sleep(due)
            } else {
                Decision::Rest
            };
        }
        if saga.state == SagaState::NeedsAttention {
            return Decision::Write(Box::new(self.leave_attention(saga, order, moment)));
        }
        let decided = match saga.way {
            Way::Forward => self.decide_forward(saga, order, moment),
            Way::Backward => self.decide_backward(saga, order, moment),
        };
        decided.unwrap_or_else(|unreadable| {
            Decision::Write(Box::new(self.park(saga, order, &unreadable, moment)))
        })
    }

    /// What to write when the answer to a call has come.
    pub fn answered(
        &self,
        saga: &Saga,
        order: &Order,
        purpose: Purpose,
        answer: Result<Answer, CallError>,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let written = match purpose {
            Purpose::Act | Purpose::Query => {
                self.answered_forward(saga, order, purpose, answer, moment)
            }
            Purpose::Undo => self.answered_backward(saga, order, answer, moment),
        };
        written.unwrap_or_else(|unreadable| self.park(saga, order, &unreadable, moment))
    }

    fn stage(&self, saga: &Saga) -> Result<&'a Stage, Unreadable> {
        self.definition.stages.get(saga.cursor).ok_or_else(|| {
            Unreadable::part(
                "the saga's position",
                format!("the plan has no step {}", saga.cursor),
            )
        })
    }

    fn scene<'s, 'm: 's>(
        &self,
        saga: &'s Saga,
        order: &'s Order,
        moment: &Moment<'m>,
    ) -> Scene<'s> {
        Scene {
            saga,
            order,
            token: moment.token,
            now: moment.now,
            capture_margin: self.policy.capture_margin,
        }
    }
}

/// Whether the current step must be asked about before it is tried again: where its outcome is waited for, and where it was
/// first tried long ago (RULE 7).
fn asks_first(saga: &Saga, now: Timestamp) -> bool {
    let is_old = |step: &Step| {
        let since = step.start_time.unwrap_or(now);
        !step.asked && now.since(since) > TRUSTED_FOR
    };
    awaits_outcome(saga) || saga.steps.get(saga.cursor).is_some_and(is_old)
}

/// Whether the current step is waited for, or was refused and may have happened all the same.
fn awaits_outcome(saga: &Saga) -> bool {
    let step = saga.steps.get(saga.cursor);
    saga.state == SagaState::Waiting || step.is_some_and(|step| step.state == StepState::Unknown)
}

#[cfg(test)]
pub(crate) mod tests;
