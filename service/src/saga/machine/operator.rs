//! What an operator does to a saga: each act is one commit by somebody who does not own it, or a reason why not.
//!
//! As a cancel does, an act only marks the saga and makes it due: whoever drives it sees the mark before the next call.

use crate::domain::{
    Attention, Commit, HoldView, KeyRow, Order, OrderState, PaymentView, Saga, SagaState, Way,
};
use crate::saga::machine::Machine;
use crate::saga::machine::draft::Draft;
use crate::saga::moment::Moment;

/// Who acts, why, and under which key.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Who.
    pub actor: String,
    /// Why, in the operator's words; may be empty.
    pub note: String,
    /// The row of the request's key, written with the act.
    pub key: Option<KeyRow>,
}

/// What an operator does.
#[derive(Debug, Clone)]
pub enum Intervention {
    /// Goes on from the step that failed, with fresh attempts.
    Retry,
    /// Turns back, and undoes everything.
    Compensate,
    /// Ends it: the order was settled outside.
    Resolve(Box<Settlement>),
}

/// How an order was settled outside, and what the participants say of it.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// How the order ends.
    pub order_state: OrderState,
    /// The payment as it stands.
    pub payment: PaymentView,
    /// The hold as it stands.
    pub hold: HoldView,
}

impl Machine<'_> {
    /// The commit of an operator's act. Error: why the saga as it stands does not allow it.
    pub fn intervene(
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
        let mut draft = Draft::stepping_in(saga, order, moment.now, &operator.actor);
        draft.change.refund_id = moment.source.refund_id();
        match intervention {
            Intervention::Retry => retry(&mut draft, &operator.note)?,
            Intervention::Compensate => self.compensate(&mut draft, &operator.note)?,
            Intervention::Resolve(settlement) => {
                self.resolve(&mut draft, settlement, &operator.note, moment)?;
            }
        }
        let mut commit = draft.commit(moment);
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
        draft.note("compensation_requested", note);
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
        draft.note("saga_resolved", format!("{how}: {note}"));
        // A saga that did what it was for has not failed, whatever became of the order before it.
        let is_undone = end == SagaState::Compensated;
        let why = draft.change.order.failure.clone().filter(|_| is_undone);
        draft.saga.failure = why.map(|why| Attention {
            reason: why.reason,
            message: why.message,
            next_moves: Vec::new(),
            stopped_by: None,
        });
        draft.rest(end);
        Ok(())
    }
}

/// Whether a saga stands where a person may end it. Error: why not.
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

fn retry(draft: &mut Draft, note: &str) -> Result<(), String> {
    let stands = draft.saga.state == SagaState::NeedsAttention;
    let pauses = draft.saga.due_time.is_some_and(|due| due > draft.now());
    if !stands && !pauses {
        return Err("the saga is under way: there is nothing to retry".to_owned());
    }
    draft.note("retry_requested", note);
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
