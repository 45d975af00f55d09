//! What a step of a plan is: what it asks, what the answer means, and how it is undone. All pure.

use std::fmt::Debug;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::domain::{
    Answer, Attention, Call, Failure, Message, Order, Reason, RefundId, Saga, SagaId, Secret,
    StepState, Timestamp, Transaction,
};
use crate::saga::progress::Progress;

/// What a saga needs and cannot be read. A part makes the saga need attention, and no other is stopped by it; a token
/// unwinds the order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The payment token is missing, or cannot be decrypted.
    #[error("the payment token cannot be decrypted")]
    Token,
    /// A part of what is stored.
    #[error("{what} cannot be read: {why}")]
    Part {
        /// The part, such as `the saga's payload`.
        what: &'static str,
        /// The reason for operators.
        why: String,
    },
}

impl Unreadable {
    /// A part that cannot be read, and why.
    pub fn part(what: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Part { what, why }
    }

    /// A part that is not there.
    pub fn missing(what: &'static str) -> Self {
        Self::part(what, "it is not there")
    }
}

/// All that a step may look at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The saga as it stands.
    pub saga: &'a Saga,
    /// The order as it stands.
    pub order: &'a Order,
    /// The payment token, while it is kept.
    pub token: Option<&'a Secret>,
    /// The database's time.
    pub now: Timestamp,
    /// Hold time that must be left when a step that needs the hold is sent.
    pub capture_margin: Duration,
}

impl Scene<'_> {
    /// What the plan knows.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        serde_json::from_str(&self.saga.payload)
            .map_err(|error| Unreadable::part("the saga's payload", error.to_string()))
    }

    /// Why the saga unwinds, where it does.
    pub fn failure(&self) -> Option<&Attention> {
        self.saga.failure.as_ref()
    }

    /// Whether the current step was refused, and is being asked about.
    pub fn was_refused(&self) -> bool {
        let step = self.saga.steps.get(self.saga.cursor);
        step.is_some_and(|step| step.state == StepState::Unknown)
    }

    /// What went wrong last with the current step, in the participant's words.
    pub fn last_error(&self) -> &str {
        let step = self.saga.steps.get(self.saga.cursor);
        step.and_then(|step| step.last_error.as_deref())
            .unwrap_or_default()
    }
}

/// What a step changes besides its own state.
#[derive(Debug)]
pub struct Change {
    /// The order as it becomes.
    pub order: Order,
    /// Transactions to post.
    pub ledger: Vec<Transaction>,
    /// Messages to send.
    pub outbox: Vec<Message>,
    /// Whether the payment token is needed no more.
    pub erase_token: bool,
    /// A fresh refund name, should a refund be begun.
    pub refund_id: RefundId,
    /// The saga that changes it.
    pub saga_id: SagaId,
    /// A saga that begins with the end of this one.
    pub next: Option<Next>,
}

/// A saga that begins where another ends.
#[derive(Debug, Clone)]
pub struct Next {
    /// Kind and version of its plan.
    pub plan: (&'static str, u32),
    /// What the plan knows, as JSON.
    pub payload: String,
    /// Why it begins, for its history.
    pub detail: &'static str,
}

/// What an answer means for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Done,
    /// It will not be: unwind for this reason.
    No(Failure),
    /// It is not known yet, and somebody else must move: look again later.
    Wait,
    /// It has not happened: try it again.
    Absent,
    /// A part of it is done, and the next part is not asked for yet.
    More,
    /// It happened otherwise than asked: a person must look.
    Attend(Failure),
}

/// Whether a step may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It may.
    Yes,
    /// Once the change is durable.
    Prepared,
    /// Not before other sagas of the order have moved.
    Waits,
    /// There is nothing left to ask for.
    Done,
}

/// What an answer means for the undoing of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It is undone.
    Yes,
    /// Not known yet: ask again later.
    Again(String),
    /// One part is undone; `undo` now names the next.
    More,
    /// It had happened, and rightly: the saga goes forward again.
    Turned,
}

/// Does a step.
pub trait Act: Debug + Send + Sync + 'static {
    /// The step's name, such as `hold_seats`.
    fn name(&self) -> &'static str;

    /// Whether there is anything to do; if not, the step is skipped.
    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        let _ = scene;
        true
    }

    /// What must be durable before the step is asked for, such as the name of a refund. Changes only what is `Prepared`.
    fn prepare(&self, scene: &Scene<'_>, change: &mut Change) -> Result<Ready, Unreadable> {
        let _ = (scene, change);
        Ok(Ready::Yes)
    }

    /// What follows `<saga_id>/<step>` in the step's key, where the step asks for several things one after the other.
    fn key_suffix(&self, scene: &Scene<'_>) -> Option<String> {
        let _ = scene;
        None
    }

    /// After this the step must not be sent.
    fn send_before(&self, scene: &Scene<'_>) -> Option<Timestamp> {
        let _ = scene;
        None
    }

    /// Whether the step moves nothing, so that its call carries no key.
    fn only_asks(&self) -> bool {
        false
    }

    /// What to ask.
    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable>;

    /// What to ask while waiting, or when a refusal must be checked.
    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        let _ = scene;
        None
    }

    /// What an answer to `act` or `query` means.
    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable>;

    /// Why the order fails when the step was refused.
    fn refusal(&self, reason: &Reason, message: &str) -> Failure;
}

/// Undoes a step, whatever became of it.
pub trait Undo: Act {
    /// What to ask, and what follows `<saga_id>/<step>` in its key: `undo`, or `undo/refund`.
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable>;

    /// What the answer means.
    fn judge_undo(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Undone, Unreadable>;
}

/// A step between two points of progress.
pub trait Step: Act {
    /// Where it starts.
    type From: Progress;
    /// Where it ends.
    type To: Progress;
}

/// A step that can stand before the pivot.
pub trait Compensable: Step + Undo {}

/// A step that can stand after the pivot: tried until it is done, never undone.
pub trait Retriable: Step {}
