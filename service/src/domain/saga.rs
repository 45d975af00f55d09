//! A saga as it is stored: its state, step by step.

use serde::{Deserialize, Serialize};

use super::state::named_states;
use super::{
    Event, Failure, OrderId, OrganizationId, Reason, ReplicaId, SagaId, SagaPayload, Timestamp,
};

named_states!(
    /// Where a saga stands.
    SagaState {
        Running = "RUNNING",
        /// It waits for the buyer or a provider.
        Waiting = "WAITING",
        Compensating = "COMPENSATING",
        /// It did what it was for.
        Completed = "COMPLETED",
        /// It undid all that it had done.
        Compensated = "COMPENSATED",
        /// It cannot go on alone.
        NeedsAttention = "NEEDS_ATTENTION",
    }
);

named_states!(
    /// Where a step stands.
    StepState {
        Pending = "PENDING",
        /// Being tried, or waited for.
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        /// Called, with unknown outcome.
        Unknown = "UNKNOWN",
        Compensated = "COMPENSATED",
        /// Never tried, and not needed.
        Skipped = "SKIPPED",
    }
);

named_states!(
    /// Which way a saga goes through its steps.
    Way {
        Forward = "FORWARD",
        Backward = "BACKWARD",
    }
);

impl SagaState {
    /// Whether the saga moves no more by itself, ever or until a person acts.
    pub const fn is_at_rest(self) -> bool {
        match self {
            Self::Completed | Self::Compensated | Self::NeedsAttention => true,
            Self::Running | Self::Waiting | Self::Compensating => false,
        }
    }

    /// Whether the saga has ended for good.
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Completed | Self::Compensated => true,
            Self::Running | Self::Waiting | Self::Compensating | Self::NeedsAttention => false,
        }
    }
}

/// One step of a saga.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, such as `hold_seats`.
    pub name: String,
    pub state: StepState,
    /// How many times the step itself was called.
    pub attempts: u32,
    /// How many times its undo was called.
    #[serde(default)]
    pub undo_attempts: u32,
    /// What went wrong last.
    #[serde(default)]
    pub last_error: Option<String>,
    /// When it was first tried.
    #[serde(default)]
    pub start_time: Option<Timestamp>,
    /// When it ended, one way or the other.
    #[serde(default)]
    pub end_time: Option<Timestamp>,
    /// Whether it was asked about, and found still to be done, since it was last called.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

/// Why a saga unwound or stopped, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// As in `Order.failure.reason`, or what stopped the saga.
    pub reason: Reason,
    /// The same for a person.
    pub message: String,
    /// The rpcs that make sense now.
    #[serde(default)]
    pub next_moves: Vec<String>,
    /// What stopped a saga that unwinds for the reason above: the order still ends with that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<Failure>,
}

impl From<Failure> for Attention {
    fn from(failure: Failure) -> Self {
        Self {
            reason: failure.reason,
            message: failure.message,
            next_moves: Vec::new(),
            stopped_by: None,
        }
    }
}

/// One run of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saga {
    pub saga_id: SagaId,
    /// The plan, such as `book_tickets`.
    pub kind: String,
    /// The version of the plan that it began with, and finishes under.
    pub definition_version: u32,
    /// The order that it works on.
    pub order_id: OrderId,
    pub organization_id: OrganizationId,
    pub state: SagaState,
    /// Which way it goes.
    pub way: Way,
    /// The step being tried, waited for or undone, as an index of `steps`.
    pub cursor: usize,
    /// Every step of the plan.
    pub steps: Vec<Step>,
    /// Why it unwinds, unwound or stopped.
    pub failure: Option<Attention>,
    /// Whether an operator requested compensation: the driver turns back before the next call.
    pub unwind_asked: bool,
    /// Time of the last hint, such as a webhook.
    pub hint_time: Option<Timestamp>,
    /// The data of the plan, without token and contact.
    pub payload: SagaPayload,
    /// The encrypted payment token, until it is erased.
    pub sealed_token: Option<String>,
    /// The replica that drives it; none gives the lease up with the commit that writes this.
    pub owner: Option<ReplicaId>,
    /// When it is due: now for a saga under way (it is claimed again when its lease ends), later for one that backs off
    /// or waits, never for one at rest.
    pub due_time: Option<Timestamp>,
    /// Rises with every claim: an owner of an older one writes nothing.
    pub epoch: i64,
    /// Rises with every commit.
    pub version: i64,
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Saga {
    /// The step being tried, waited for or undone.
    pub fn current_step(&self) -> Option<&Step> {
        if self.state.has_ended() {
            None
        } else {
            self.steps.get(self.cursor)
        }
    }
}

/// One line of a saga's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    pub time: Timestamp,
    /// What, such as `step_succeeded`.
    pub event: Event,
    /// At which step; empty when it concerns the whole saga.
    pub step: String,
    /// More about it, for a person.
    pub detail: String,
    /// Who: the caller, or `system`.
    pub actor: String,
}
