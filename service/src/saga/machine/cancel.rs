//! A cancel of a booking that is under way: what the caller writes, and how the booking yields to it.
//!
//! The caller only marks the order and makes the saga due; whoever owns the saga turns back before its next call.

use crate::domain::{
    Answer, CallError, Commit, Failure, KeyRow, Order, OrderState, Saga, SagaState, StepState, Way,
};
use crate::saga::machine::draft::Draft;
use crate::saga::machine::{Decision, Machine};
use crate::saga::moment::Moment;
use crate::saga::plan::Stage;
use crate::saga::step::{Unreadable, Verdict};

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

    /// Why the saga has to turn back before its next call, where it has to: its order is being cancelled, or an operator
    /// asked.
    pub(super) fn must_yield(&self, saga: &Saga, order: &Order) -> Option<Failure> {
        let (reason, message) =
            if self.definition.yields_to_cancel && order.state == OrderState::Cancelling {
                (
                    "CANCELLED_BY_USER",
                    "the order was cancelled while it was being booked",
                )
            } else if saga.unwind_asked {
                ("PARTICIPANT_UNAVAILABLE", "an operator ended the booking")
            } else {
                return None;
            };
        Some(Failure {
            reason: reason.into(),
            message: message.into(),
        })
    }

    /// Turns back from a step that is named and may have been sent.
    pub(super) fn decide_to_yield(
        &self,
        saga: &Saga,
        order: &Order,
        why: &Failure,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let mut draft = Draft::new(saga, order, moment.now);
        self.unwind(&mut draft, why, StepState::Unknown, moment)?;
        Ok(Decision::Write(Box::new(draft.commit(moment))))
    }

    /// An answer that comes when the saga has to turn back already: it says what must be undone, and nothing more.
    pub(super) fn answered_too_late(
        &self,
        draft: &mut Draft,
        stage: &Stage,
        answer: Result<Answer, CallError>,
        why: &Failure,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        let (saga, order) = (draft.saga.clone(), draft.change.order.clone());
        let verdict = match answer {
            Ok(answer) => {
                let scene = self.scene(&saga, &order, moment);
                stage.act().judge(&scene, &answer, &mut draft.change)?
            }
            Err(error) => {
                draft.step().last_error = Some(error.message().to_owned());
                Verdict::Absent
            }
        };
        draft.change.order.state = order.state;
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
        self.unwind(draft, why, state, moment)
    }
}
