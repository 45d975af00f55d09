//! Undoing steps, in reverse order and including the one whose outcome is unknown.

use crate::domain::{
    Answer, CallError, Commit, Event, Failure, Order, OrderState, Reason, Saga, SagaState,
    StepState, Way,
};
use crate::saga::machine::draft::Draft;
use crate::saga::machine::{Decision, Machine, Purpose};
use crate::saga::moment::Moment;
use crate::saga::plan::Stage;
use crate::saga::step::{Undone, Unreadable, Verdict};

impl Machine<'_> {
    pub(super) fn decide_backward(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let undo = self.stage(saga)?.undo().ok_or_else(|| {
            Unreadable::part("the saga's position", "the step there cannot be undone")
        })?;
        let (call, suffix) = undo.undo(&self.scene(saga, order, moment))?;
        Ok(Decision::Call {
            purpose: Purpose::Undo,
            call: Box::new(call),
            idempotency_key: format!("{}/{}/{suffix}", saga.saga_id, undo.name()),
        })
    }

    /// Turns back from the current step, which stands as `state` until it is undone too.
    pub(super) fn unwind(
        &self,
        draft: &mut Draft,
        failure: &Failure,
        state: StepState,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        if draft.step().attempts > 0 {
            draft.end_step(state);
        }
        draft.note(
            Event::CompensationStarted,
            format!("{}: {}", failure.reason, failure.message),
        );
        draft.turn_back(failure);
        self.descend(draft, moment)
    }

    /// On to the last step that was ever sent and is not undone, or the end. Steps never sent are skipped.
    fn descend(&self, draft: &mut Draft, moment: &Moment<'_>) -> Result<(), Unreadable> {
        for index in (0..draft.saga.steps.len()).rev() {
            let step = &draft.saga.steps[index];
            let undone = matches!(step.state, StepState::Compensated | StepState::Skipped);
            if undone {
                continue;
            }
            draft.saga.cursor = index;
            if step.attempts == 0 {
                draft.end_step(StepState::Skipped);
                continue;
            }
            draft.step().undo_attempts += 1;
            draft.go_on();
            return Ok(());
        }
        self.end(draft, self.definition.unwound, moment)?;
        draft.rest(SagaState::Compensated);
        draft.note(Event::SagaCompensated, "");
        Ok(())
    }

    /// The step that decides was refused: nothing was done, and nothing is to undo.
    pub(super) fn decided_against(
        &self,
        draft: &mut Draft,
        failure: &Failure,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        draft.end_step(StepState::Failed);
        draft.note(Event::StepRefused, &failure.message);
        for later in &mut draft.saga.steps[draft.saga.cursor + 1..] {
            later.state = StepState::Skipped;
        }
        draft.turn_back(failure);
        self.end(draft, self.definition.unwound, moment)?;
        draft.rest(SagaState::Compensated);
        draft.note(Event::SagaCompensated, "");
        Ok(())
    }

    pub(super) fn answered_backward(
        &self,
        saga: &Saga,
        order: &Order,
        answer: Result<Answer, CallError>,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, Unreadable> {
        let undo = self.stage(saga)?.undo().ok_or_else(|| {
            Unreadable::part("the saga's position", "the step there cannot be undone")
        })?;
        let mut draft = Draft::new(saga, order, moment);
        draft.resume();
        match answer {
            Ok(answer) => {
                let scene = self.scene(saga, order, moment);
                match undo.judge_undo(&scene, &answer, &mut draft.change)? {
                    Undone::Yes => {
                        draft.end_step(StepState::Compensated);
                        draft.note(Event::StepCompensated, "");
                        self.descend(&mut draft, moment)?;
                    }
                    Undone::More(found) => {
                        if let (Some(found), Some(why)) = (found, &mut draft.saga.failure) {
                            (why.reason, why.message) = (found.reason, found.message);
                        }
                        draft.note(Event::CompensationContinued, "");
                        draft.step().undo_attempts = 1;
                        draft.go_on();
                    }
                    Undone::Turned => {
                        draft.saga.way = Way::Forward;
                        draft.saga.failure = None;
                        draft.note(
                            Event::CompensationTurned,
                            "the step had happened, as it was asked",
                        );
                        self.done(&mut draft, moment)?;
                    }
                    Undone::Again(message) => self.ask_again(&mut draft, &message, moment),
                }
            }
            Err(CallError::Unknown { message }) => self.ask_again(&mut draft, &message, moment),
            Err(CallError::Refused { message, .. } | CallError::Invalid { message }) => {
                draft.step().last_error = Some(message.clone());
                let why = Failure::new(Reason::CompensationRefused, message);
                self.needs_attention(&mut draft, why, None);
            }
        }
        Ok(draft.commit(moment))
    }

    fn ask_again(&self, draft: &mut Draft, message: &str, moment: &mut Moment<'_>) {
        let step = draft.step();
        step.last_error = Some(message.to_owned());
        let attempts = step.undo_attempts;
        if attempts >= self.policy.compensation_attempts {
            let again = Some(self.policy.attention_interval);
            let why = Failure::new(Reason::CompensationUnknown, message);
            self.needs_attention(draft, why, again);
            return;
        }
        draft.step().undo_attempts += 1;
        draft.note(Event::CompensationRetried, message);
        let backoff = self.policy.stubborn_backoff(attempts, moment.source.roll());
        draft.pause(backoff, self.policy.keeps_lease(backoff));
    }

    /// Why the saga has to turn back before its next call, where it has to: its order is being cancelled, or an operator
    /// asked.
    pub(super) fn must_yield(&self, saga: &Saga, order: &Order) -> Option<Failure> {
        let (reason, message) =
            if self.definition.yields_to_cancel && order.state == OrderState::Cancelling {
                (
                    Reason::CancelledByUser,
                    "the order was cancelled while it was being booked",
                )
            } else if saga.unwind_asked {
                (Reason::CancelledByOperator, "an operator ended the booking")
            } else {
                return None;
            };
        Some(Failure::new(reason, message))
    }

    /// Turns back from a step that is named and may have been sent.
    pub(super) fn decide_to_yield(
        &self,
        saga: &Saga,
        order: &Order,
        why: &Failure,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let mut draft = Draft::new(saga, order, moment);
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
        // Not posted to the ledger yet: the undo finds out whether the capture stands.
        draft.change.order.captured = order.captured;
        let state = match verdict {
            Verdict::Done => {
                draft.note(Event::StepSucceeded, "");
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
