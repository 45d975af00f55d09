//! A cancel of a booking that is under way: what the caller writes, and how the booking yields to it.
//!
//! The caller only marks the order and makes the saga due; whoever owns the saga turns back before its next call.

use crate::order::{Commit, Failure, KeyRow, Order, OrderState, Saga, SagaState, StepState, Way};
use crate::saga::step::{Unreadable, Verdict};

use super::draft::Draft;
use super::{Decision, Machine, Moment};

/// Who asks for a cancel, and under which key.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Why, in the caller's words; may be empty.
    pub reason: String,
    /// Who asks.
    pub actor: String,
    /// The row of the request's key, written with the mark.
    pub key: Option<KeyRow>,
}

impl Machine<'_> {
    /// The commit by which a caller steps in: the order is CANCELLING and the saga is due. Never touches epoch or lease.
    ///
    /// A saga that unwinds already goes on doing so, for the reason that it has.
    pub fn cancel(
        &self,
        saga: &Saga,
        order: &Order,
        cancel: Cancel,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let mut draft = Draft::stepping_in(saga, order, moment.now, &cancel.actor);
        draft.note("cancel_requested", cancel.reason);
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

    /// Whether the booking has to turn back because its order is being cancelled.
    pub(super) fn must_yield(&self, order: &Order) -> bool {
        self.definition.yields_to_cancel && order.state == OrderState::Cancelling
    }

    /// Turns back from a step that is named and may have been sent.
    pub(super) fn decide_to_yield(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let mut draft = Draft::new(saga, order, moment.now);
        self.yield_to_cancel(&mut draft, StepState::Unknown, moment)?;
        Ok(Decision::Write(Box::new(draft.commit(moment))))
    }

    /// An answer that comes when the order is being cancelled already: it says what must be undone, and nothing more.
    pub(super) fn answered_too_late(
        &self,
        draft: &mut Draft,
        verdict: &Verdict,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        draft.change.order.state = OrderState::Cancelling;
        let state = match verdict {
            Verdict::Done => {
                draft.note("step_succeeded", "");
                StepState::Succeeded
            }
            Verdict::No(failure) => {
                draft.step().last_error = Some(failure.message.clone());
                StepState::Failed
            }
            Verdict::Wait | Verdict::Absent | Verdict::More | Verdict::Attend(_) => {
                StepState::Unknown
            }
        };
        self.yield_to_cancel(draft, state, moment)
    }

    /// Turns back from the current step, which stands as `state` until it is undone too.
    pub(super) fn yield_to_cancel(
        &self,
        draft: &mut Draft,
        state: StepState,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        let failure = Failure {
            reason: "CANCELLED_BY_USER".into(),
            message: "the order was cancelled while it was being booked".into(),
        };
        self.unwind(draft, &failure, state, moment)
    }
}
