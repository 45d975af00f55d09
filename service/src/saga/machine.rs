//! The pure machine: decides the next action of a saga from durable state, and the commit to write from an answer.
//!
//! No I/O, no clock, no randomness. The same code drives a new saga and one that recovery claimed after a crash.

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

/// How long a step is repeated under its key without a query; later it is queried first (rule 7).
const TRUSTED_FOR: Duration = Duration::from_secs(60 * 60);

/// The purpose of a call to a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Performs the step.
    Act,
    /// Queries the outcome of the step.
    Query,
    Undo,
}

/// The next action of a saga.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make this call, whose intent is durable, and return the answer.
    Call {
        /// What for.
        purpose: Purpose,
        /// What is asked.
        call: Box<Call>,
        /// The idempotency key; empty for a query.
        idempotency_key: String,
    },
    /// Write this commit, then decide again.
    Write(Box<Commit>),
    /// Sleep until this time and decide again; the lease is kept meanwhile.
    Sleep(Timestamp),
    /// Stop driving: the saga is at rest, or recovery claims it when it is due.
    Rest,
}

/// A plan with the policy that applies to it.
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

    /// A machine for sagas of this kind and version; `None` if this binary does not know the plan.
    pub fn of(plans: &'a dyn Plans, policy: &'a Policy, kind: &str, version: u32) -> Option<Self> {
        let definition = plans.plan(kind, version)?;
        Some(Self::new(definition, policy, plans))
    }

    /// The next action, from durable state alone.
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

    /// The commit to write for the answer to a call.
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

/// Whether the current step must be queried before it is called again: while its outcome is awaited, and if it was first
/// called long ago (rule 7).
fn asks_first(saga: &Saga, now: Timestamp) -> bool {
    let is_old = |step: &Step| {
        let since = step.start_time.unwrap_or(now);
        !step.asked && now.since(since) > TRUSTED_FOR
    };
    awaits_outcome(saga) || saga.steps.get(saga.cursor).is_some_and(is_old)
}

/// Whether the current step is awaited, or was refused and may have happened nevertheless.
fn awaits_outcome(saga: &Saga) -> bool {
    let step = saga.steps.get(saga.cursor);
    saga.state == SagaState::Waiting || step.is_some_and(|step| step.state == StepState::Unknown)
}

#[cfg(test)]
pub(crate) mod tests;
