//! Stepping in: how a caller that does not own a saga changes it. One commit for each act, or the reason why the saga does
//! not allow it.
//!
//! Covers the cancel of a booking under way, the operators' acts and the webhook's hint. An act marks the saga and makes
//! it due; the replica that drives it sees the mark before its next call. No act touches epoch or lease.

use crate::domain::{
    Attention, Commit, CommitId, Event, Guard, KeyRow, Order, OrderState, Saga, SagaState, Way,
};
use crate::saga::machine::Machine;
use crate::saga::machine::draft::Draft;
use crate::saga::moment::Moment;
use crate::saga::plan::Settlement;

/// What a caller does to a saga that it does not own.
#[derive(Debug, Clone)]
pub enum StepIn {
    /// Cancels the order of a booking that is under way.
    Cancel(Cancel),
    /// Does what an operator asks.
    Intervene(Intervention, Operator),
    /// Records that there may be news at a participant (rule 9).
    Hint(Hint),
}

/// A cancel of a booking under way.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// The reason in the caller's words; may be empty.
    pub reason: String,
    pub actor: String,
    /// The row of the request's idempotency key, written in the same commit.
    pub key: Option<KeyRow>,
}

/// An operator who acts.
#[derive(Debug, Clone)]
pub struct Operator {
    pub actor: String,
    /// The reason in the operator's words; may be empty.
    pub note: String,
    /// The row of the request's idempotency key, written in the same commit.
    pub key: Option<KeyRow>,
}

/// What an operator does.
#[derive(Debug, Clone)]
pub enum Intervention {
    /// Continues from the step that failed, with fresh attempts.
    Retry,
    /// Turns back and undoes every step.
    Compensate,
    /// Ends the saga: the order was settled outside.
    Resolve(Box<Settlement>),
}

/// A line for the saga's history, and a reason to look at the participants.
#[derive(Debug, Clone)]
pub struct Hint {
    /// Derived from the webhook and the saga, so that the hint applies once however often it is received.
    pub commit_id: CommitId,
    /// The event of the history line: WebhookReceived or WebhookMismatch.
    pub event: Event,
    /// The detail of the history line.
    pub detail: String,
    /// The source of the hint.
    pub actor: String,
}

impl Machine<'_> {
    /// The commit of an act. Error: why the saga in its present state does not allow it.
    pub fn step_in(
        &self,
        saga: &Saga,
        order: &Order,
        act: StepIn,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, String> {
        match act {
            StepIn::Cancel(cancel) => Ok(cancelled(saga, order, cancel, moment)),
            StepIn::Intervene(intervention, operator) => {
                self.intervene(saga, order, &intervention, operator, moment)
            }
            StepIn::Hint(hint) => Ok(hinted(saga, order, hint, moment)),
        }
    }

    fn intervene(
        &self,
        saga: &Saga,
        order: &Order,
        intervention: &Intervention,
        operator: Operator,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, String> {
        if saga.state.has_ended() {
            return Err(format!("the saga is {}, for good", saga.state.as_str()));
        }
        self.stage(saga)
            .map_err(|unreadable| unreadable.to_string())?;
        let mut draft = Draft::stepping_in(saga, order, &operator.actor, moment);
        match intervention {
            Intervention::Retry => retry(&mut draft, &operator.note)?,
            Intervention::Compensate => self.compensate(&mut draft, &operator.note)?,
            Intervention::Resolve(settlement) => {
                self.resolve(&mut draft, settlement, &operator.note, moment)?;
            }
        }
        let mut commit = draft.commit(moment);
        if matches!(intervention, Intervention::Resolve(_)) {
            commit.guard = Guard::AtRest {
                version: saga.version,
            };
        }
        commit.key = operator.key;
        Ok(commit)
    }

    fn compensate(&self, draft: &mut Draft, note: &str) -> Result<(), String> {
        if let Some(why_not) = self.bars_unwinding(&draft.saga) {
            return Err(why_not);
        }
        if draft.change.order.state == OrderState::Cancelling {
            return Err("the order is being cancelled: the saga unwinds already".to_owned());
        }
        draft.note(Event::CompensationRequested, note);
        draft.resume();
        draft.saga.unwind_asked = true;
        draft.go_on();
        Ok(())
    }

    fn resolve(
        &self,
        draft: &mut Draft,
        settlement: &Settlement,
        note: &str,
        moment: &Moment<'_>,
    ) -> Result<(), String> {
        can_be_resolved(&draft.saga)?;
        let resolution = self
            .definition
            .resolution
            .ok_or_else(|| format!("a saga `{}` cannot be resolved by hand", draft.saga.kind))?;
        let (saga, order) = (draft.saga.clone(), draft.change.order.clone());
        let scene = self.scene(&saga, &order, moment);
        let end = resolution(&scene, settlement, &mut draft.change)?;
        let how = settlement.order_state.as_str();
        draft.note(Event::SagaResolved, format!("{how}: {note}"));
        // A saga that completed has not failed, whatever the order's state was before it.
        let is_undone = end == SagaState::Compensated;
        let why = draft.change.order.failure.clone().filter(|_| is_undone);
        draft.saga.failure = why.map(Attention::from);
        draft.rest(end);
        Ok(())
    }
}

/// Marks the order as CANCELLING and makes the saga due. A saga that unwinds already keeps its reason.
fn cancelled(saga: &Saga, order: &Order, cancel: Cancel, moment: &mut Moment<'_>) -> Commit {
    let mut draft = Draft::stepping_in(saga, order, &cancel.actor, moment);
    draft.note(Event::CancelRequested, cancel.reason);
    draft.change.order.state = OrderState::Cancelling;
    if saga.way == Way::Forward {
        draft.saga.state = SagaState::Running;
        draft.saga.failure = None;
        draft.saga.due_time = Some(moment.now);
    }
    let mut commit = draft.commit(moment);
    commit.key = cancel.key;
    commit
}

/// Records the hint; a saga that has not ended becomes due.
fn hinted(saga: &Saga, order: &Order, hint: Hint, moment: &mut Moment<'_>) -> Commit {
    let mut draft = Draft::stepping_in(saga, order, &hint.actor, moment);
    draft.note(hint.event, hint.detail);
    draft.saga.hint_time = Some(moment.now);
    draft.saga.due_time = saga.due_time.map(|_| moment.now);
    let mut commit = draft.commit(moment);
    commit.commit_id = hint.commit_id;
    commit
}

/// Whether an operator may end a saga in this state. Error: why not.
pub(crate) fn can_be_resolved(saga: &Saga) -> Result<(), String> {
    match saga.state {
        SagaState::NeedsAttention => Ok(()),
        SagaState::Running
        | SagaState::Waiting
        | SagaState::Compensating
        | SagaState::Completed
        | SagaState::Compensated => Err(format!(
            "the saga is {}: only one that NEEDS_ATTENTION can be resolved",
            saga.state.as_str()
        )),
    }
}

/// Whether the moves that a saga needing attention names include RetrySaga. Rows of version 0.1.0 may name none.
fn allows_retry(saga: &Saga) -> bool {
    let moves = saga.failure.as_ref().map(|failure| &failure.next_moves);
    moves.is_none_or(|moves| moves.is_empty() || moves.iter().any(|name| name == "RetrySaga"))
}

fn retry(draft: &mut Draft, note: &str) -> Result<(), String> {
    let stands = draft.saga.state == SagaState::NeedsAttention;
    let pauses = draft.saga.due_time.is_some_and(|due| due > draft.now());
    if !stands && !pauses {
        return Err("the saga is under way: there is nothing to retry".to_owned());
    }
    if stands && !allows_retry(&draft.saga) {
        return Err("the saga can only be resolved: see its next_moves".to_owned());
    }
    draft.note(Event::RetryRequested, note);
    if stands {
        draft.resume();
    }
    match draft.saga.way {
        Way::Forward => draft.step().attempts = 1,
        Way::Backward => draft.step().undo_attempts = 1,
    }
    draft.go_on();
    Ok(())
}
