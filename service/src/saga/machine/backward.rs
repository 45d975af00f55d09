//! Undoing steps, in reverse order and including the one whose outcome is unknown.

use crate::domain::{Answer, CallError, Commit, Failure, Order, Saga, SagaState, StepState, Way};
use crate::saga::machine::draft::Draft;
use crate::saga::machine::{Decision, Machine, Purpose};
use crate::saga::moment::Moment;
use crate::saga::step::{Undone, Unreadable};

impl Machine<'_> {
    pub(super) fn decide_backward(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let undo = self.stage(saga)?.undo().ok_or_else(|| Unreadable {
            what: "the saga's position",
            why: "the step there cannot be undone".into(),
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
            "compensation_started",
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
        draft.note("saga_compensated", "");
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
        draft.note("step_refused", &failure.message);
        for later in &mut draft.saga.steps[draft.saga.cursor + 1..] {
            later.state = StepState::Skipped;
        }
        draft.turn_back(failure);
        self.end(draft, self.definition.unwound, moment)?;
        draft.rest(SagaState::Compensated);
        draft.note("saga_compensated", "");
        Ok(())
    }

    pub(super) fn answered_backward(
        &self,
        saga: &Saga,
        order: &Order,
        answer: Result<Answer, CallError>,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, Unreadable> {
        let undo = self.stage(saga)?.undo().ok_or_else(|| Unreadable {
            what: "the saga's position",
            why: "the step there cannot be undone".into(),
        })?;
        let mut draft = Draft::new(saga, order, moment.now);
        draft.resume();
        draft.change.refund_id = moment.source.refund_id();
        match answer {
            Ok(answer) => {
                let scene = self.scene(saga, order, moment);
                match undo.judge_undo(&scene, &answer, &mut draft.change)? {
                    Undone::Yes => {
                        draft.end_step(StepState::Compensated);
                        draft.note("step_compensated", "");
                        self.descend(&mut draft, moment)?;
                    }
                    Undone::More => {
                        draft.note("compensation_continued", "");
                        draft.step().undo_attempts = 1;
                        draft.go_on();
                    }
                    Undone::Turned => {
                        draft.saga.way = Way::Forward;
                        draft.saga.failure = None;
                        draft.note(
                            "compensation_turned",
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
                self.needs_attention(&mut draft, "COMPENSATION_REFUSED", &message, None);
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
            self.needs_attention(draft, "COMPENSATION_UNKNOWN", message, again);
            return;
        }
        draft.step().undo_attempts += 1;
        draft.note("compensation_retried", message);
        let backoff = self.policy.stubborn_backoff(attempts, moment.source.roll());
        draft.pause(backoff, self.policy.keeps_lease(backoff));
    }
}
