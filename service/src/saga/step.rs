//! Steps of plans: the call of a step, the meaning of its answer, and its compensation. Pure.

use std::fmt::Debug;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::domain::{
    Answer, Attention, Call, Failure, Message, Order, Reason, RefundId, Saga, SagaId, SagaPayload,
    Secret, StepState, Timestamp, Transaction,
};
use crate::saga::progress::Progress;

/// Stored data that cannot be read. An unreadable part makes the saga need attention; an unreadable token turns it back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The payment token is missing, or cannot be decrypted.
    #[error("the payment token cannot be decrypted")]
    Token,
    /// A part of the stored saga or order.
    #[error("{what} cannot be read: {why}")]
    Part {
        /// The part, such as `the saga's payload`.
        what: &'static str,
        /// The reason for operators.
        why: String,
    },
}

impl Unreadable {
    /// A part that cannot be read, with the reason.
    pub fn part(what: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Part { what, why }
    }

    /// A part that is not there.
    pub fn missing(what: &'static str) -> Self {
        Self::part(what, "it is not there")
    }
}

/// The inputs of a step.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The saga as it stands.
    pub saga: &'a Saga,
    /// The order as it stands.
    pub order: &'a Order,
    /// The decrypted payment token; `None` once it is erased.
    pub token: Option<&'a Secret>,
    pub now: Timestamp,
    /// Hold time that must be left when a step that needs the hold is sent.
    pub capture_margin: Duration,
}

impl Scene<'_> {
    /// The data of the plan, decoded once for the saga.
    pub fn payload<T>(&self) -> Result<&T, Unreadable>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let decoded = self.saga.payload.decode();
        decoded.map_err(|error| Unreadable::part("the saga's payload", error.to_string()))
    }

    /// The latest time at which a step that needs the hold may be sent; none where the order has no hold that ends.
    pub fn hold_deadline(&self) -> Option<Timestamp> {
        let end = self.order.expire_time;
        end.map(|end| end.minus(self.capture_margin))
    }

    /// The reason for which the saga turned back, if it did.
    pub fn failure(&self) -> Option<&Attention> {
        self.saga.failure.as_ref()
    }

    /// Whether the current step was refused and is being queried.
    pub fn was_refused(&self) -> bool {
        let step = self.saga.steps.get(self.saga.cursor);
        step.is_some_and(|step| step.state == StepState::Unknown)
    }

    /// The last error of the current step, as the participant reported it.
    pub fn last_error(&self) -> &str {
        let step = self.saga.steps.get(self.saga.cursor);
        step.and_then(|step| step.last_error.as_deref())
            .unwrap_or_default()
    }
}

/// The changes of a step besides its own state.
#[derive(Debug)]
pub struct Change {
    /// The order after the step.
    pub order: Order,
    pub ledger: Vec<Transaction>,
    pub outbox: Vec<Message>,
    /// Whether the payment token is erased.
    pub erase_token: bool,
    /// A new refund id, in case the step starts a refund.
    pub refund_id: RefundId,
    /// The saga that changes it.
    pub saga_id: SagaId,
    /// A saga that starts with the end of this one.
    pub next: Option<Next>,
}

/// A saga that starts when another ends.
#[derive(Debug, Clone)]
pub struct Next {
    /// Kind and version of its plan.
    pub plan: (&'static str, u32),
    /// The data of its plan.
    pub payload: SagaPayload,
    /// The reason, for its history.
    pub detail: &'static str,
}

/// The meaning of an answer for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// The step is refused: turn back for this reason.
    No(Failure),
    /// The outcome is open until the buyer or the provider acts: query again later.
    Wait,
    /// The step has not happened: call it again.
    Absent,
    /// A part of the step is done; the next part follows.
    More,
    /// The step happened otherwise than requested: the saga needs attention.
    Attend(Failure),
}

/// Whether a step may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    Yes,
    /// After the change is durable.
    Prepared,
    /// Not before other sagas of the order have progressed.
    Waits,
    /// There is nothing left to do.
    Done,
}

/// The meaning of an answer for a compensation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    Yes,
    /// The outcome is open: call again later.
    Again(String),
    /// One part is undone; `undo` returns the next. A failure that was found replaces the one for which the saga turned back.
    More(Option<Failure>),
    /// The step had happened as requested: the saga goes forward again.
    Turned,
}

pub trait Act: Debug + Send + Sync + 'static {
    /// The step's name, such as `hold_seats`.
    fn name(&self) -> &'static str;

    /// Whether there is anything to do; if not, the step is skipped.
    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        let _ = scene;
        true
    }

    /// What must be durable before the step is called, such as the id of a refund. The change is written only for
    /// `Prepared`.
    fn prepare(&self, scene: &Scene<'_>, change: &mut Change) -> Result<Ready, Unreadable> {
        let _ = (scene, change);
        Ok(Ready::Yes)
    }

    /// The suffix of the key `<saga_id>/<step>`, for a step that makes several calls one after the other.
    fn key_suffix(&self, scene: &Scene<'_>) -> Option<String> {
        let _ = scene;
        None
    }

    /// The time after which the step must not be called.
    fn send_before(&self, scene: &Scene<'_>) -> Option<Timestamp> {
        let _ = scene;
        None
    }

    /// Whether the step only queries, so that its call carries no key.
    fn only_asks(&self) -> bool {
        false
    }

    /// The call of the step.
    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable>;

    /// The query while waiting, or after a refusal.
    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        let _ = scene;
        None
    }

    /// The meaning of an answer to `act` or `query`.
    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable>;

    /// The failure of the order when the step is refused.
    ///
    /// The failure of a booking is shown to clients: it has a message of its own, and not the participant's, which is for
    /// operators (rule 34).
    fn refusal(&self, reason: &Reason, message: &str) -> Failure;
}

/// Compensates a step, whatever its outcome.
pub trait Undo: Act {
    /// The call, and the suffix of its key `<saga_id>/<step>`: `undo`, or `undo/refund`.
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable>;

    /// The meaning of the answer.
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

/// A step before the pivot.
pub trait Compensable: Step + Undo {}

/// A step after the pivot: retried until it succeeds, never compensated.
pub trait Retriable: Step {}
