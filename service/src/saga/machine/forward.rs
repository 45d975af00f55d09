//! Doing steps: what to send, what an answer means, when to stop trying.

use crate::domain::{
    Answer, CallError, Commit, Event, Failure, Order, OrderState, Reason, Saga, SagaState,
    StepState,
};
use crate::saga::machine::draft::Draft;
use crate::saga::machine::{Decision, Machine, Purpose, asks_first, awaits_outcome};
use crate::saga::moment::Moment;
use crate::saga::plan::Stage;
use crate::saga::step::{Change, Ready, Unreadable, Verdict};

impl Machine<'_> {
    pub(super) fn decide_forward(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Unreadable> {
        let act = self.stage(saga)?.act();
        if let Some(why) = self.must_yield(saga, order) {
            return self.decide_to_yield(saga, order, &why, moment);
        }
        if let Some(commit) = self.prepare(saga, order, moment)? {
            return Ok(Decision::Write(Box::new(commit)));
        }
        let scene = self.scene(saga, order, moment);
        if act
            .send_before(&scene)
            .is_some_and(|last| last <= moment.now)
        {
            let commit = self.too_late(saga, order, moment)?;
            return Ok(Decision::Write(Box::new(commit)));
        }
        if let Some(query) = act.query(&scene).filter(|_| asks_first(saga, moment.now)) {
            return Ok(Decision::Call {
                purpose: Purpose::Query,
                call: Box::new(query),
                idempotency_key: String::new(),
            });
        }
        let call = match act.act(&scene) {
            Ok(call) => call,
            Err(Unreadable::Token) => {
                let message = Unreadable::Token.to_string();
                let failure = Failure::new(Reason::PaymentTokenUnreadable, message);
                let commit = self.cannot_go_on(saga, order, &failure, moment)?;
                return Ok(Decision::Write(Box::new(commit)));
            }
            Err(unreadable @ Unreadable::Part { .. }) => return Err(unreadable),
        };
        if act.only_asks() {
            return Ok(Decision::Call {
                purpose: Purpose::Query,
                call: Box::new(call),
                idempotency_key: String::new(),
            });
        }
        let mut idempotency_key = format!("{}/{}", saga.saga_id, act.name());
        if let Some(suffix) = act.key_suffix(&scene) {
            idempotency_key = format!("{idempotency_key}/{suffix}");
        }
        Ok(Decision::Call {
            purpose: Purpose::Act,
            call: Box::new(call),
            idempotency_key,
        })
    }

    /// What has to be written before the current step is asked for. None: it can be asked for.
    fn prepare(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Option<Commit>, Unreadable> {
        let mut draft = Draft::new(saga, order, moment);
        let scene = self.scene(saga, order, moment);
        match self.stage(saga)?.act().prepare(&scene, &mut draft.change)? {
            Ready::Yes => return Ok(None),
            Ready::Prepared => {
                draft.note(Event::StepPrepared, "");
                draft.begin_again();
            }
            Ready::Waits => self.wait(&mut draft),
            Ready::Done => self.done(&mut draft, moment)?,
        }
        Ok(Some(draft.commit(moment)))
    }

    /// The hold ends too soon for this step, or the buyer did not act in time.
    fn too_late(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, Unreadable> {
        let (reason, message) = if order.state == OrderState::AwaitingPayment {
            (
                Reason::PaymentExpired,
                "the buyer did not confirm the payment in time",
            )
        } else {
            (
                Reason::HoldExpired,
                "the hold on the seats ran out before they were booked",
            )
        };
        let failure = Failure::new(reason, message);
        self.cannot_go_on(saga, order, &failure, moment)
    }

    fn cannot_go_on(
        &self,
        saga: &Saga,
        order: &Order,
        failure: &Failure,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, Unreadable> {
        let mut draft = Draft::new(saga, order, moment);
        self.unwind(&mut draft, failure, StepState::Failed, moment)?;
        Ok(draft.commit(moment))
    }

    pub(super) fn answered_forward(
        &self,
        saga: &Saga,
        order: &Order,
        purpose: Purpose,
        answer: Result<Answer, CallError>,
        moment: &mut Moment<'_>,
    ) -> Result<Commit, Unreadable> {
        let stage = self.stage(saga)?;
        let mut draft = Draft::new(saga, order, moment);
        if let Some(why) = self.must_yield(saga, order) {
            self.answered_too_late(&mut draft, stage, answer, &why, moment)?;
            return Ok(draft.commit(moment));
        }
        match answer {
            Ok(answer) => {
                self.judged(&mut draft, stage, purpose, (saga, order), &answer, moment)?
            }
            Err(CallError::Unknown { message }) => {
                self.unknown(&mut draft, stage, &message, moment)?
            }
            Err(CallError::Invalid { message }) => {
                draft.step().last_error = Some(message.clone());
                let why = Failure::new(Reason::InvalidRequest, message);
                self.needs_attention(&mut draft, why, None);
            }
            Err(CallError::Refused { message, .. }) if purpose == Purpose::Query => {
                self.unknown(&mut draft, stage, &message, moment)?;
            }
            Err(CallError::Refused { reason, message }) => {
                let can_ask = stage
                    .act()
                    .query(&self.scene(saga, order, moment))
                    .is_some();
                if !matches!(stage, Stage::Compensable(_)) && can_ask {
                    // A refused capture, and a step that nothing undoes, may have happened: query before concluding.
                    draft.note(Event::StepRefused, &message);
                    let step = draft.step();
                    step.state = StepState::Unknown;
                    step.last_error = Some(message);
                    draft.go_on();
                } else {
                    let failure = stage.act().refusal(&reason.into(), &message);
                    self.no(&mut draft, stage, (&failure, &message), moment)?;
                }
            }
        }
        Ok(draft.commit(moment))
    }

    /// Applies what the plan concludes from an answer.
    fn judged(
        &self,
        draft: &mut Draft,
        stage: &Stage,
        purpose: Purpose,
        (saga, order): (&Saga, &Order),
        answer: &Answer,
        moment: &mut Moment<'_>,
    ) -> Result<(), Unreadable> {
        // Queried only because the step was first called long ago: if it is not done, it is called again.
        let looks_back =
            purpose == Purpose::Query && !awaits_outcome(saga) && !stage.act().only_asks();
        let scene = self.scene(saga, order, moment);
        match stage.act().judge(&scene, answer, &mut draft.change)? {
            Verdict::Done => self.done(draft, moment)?,
            Verdict::Wait | Verdict::Absent if looks_back => {
                draft.note(Event::StepAskedAbout, "it is still to be done");
                draft.step().asked = true;
                draft.go_on();
            }
            Verdict::Wait => self.wait(draft),
            Verdict::Absent => {
                draft.step().state = StepState::Running;
                draft.saga.state = SagaState::Running;
                self.unknown(draft, stage, "it has not happened", moment)?;
            }
            Verdict::More => {
                draft.note(Event::StepContinued, "");
                draft.begin_again();
            }
            Verdict::No(failure) => self.no(draft, stage, (&failure, &failure.message), moment)?,
            Verdict::Attend(failure) => {
                draft.step().last_error = Some(failure.message.clone());
                self.needs_attention(draft, failure, None);
            }
        }
        Ok(())
    }

    /// The step is done: on to the next that is needed, or the end.
    pub(super) fn done(
        &self,
        draft: &mut Draft,
        moment: &mut Moment<'_>,
    ) -> Result<(), Unreadable> {
        draft.end_step(StepState::Succeeded);
        draft.note(Event::StepSucceeded, "");
        draft.resume();
        for next in draft.saga.cursor + 1..self.definition.stages.len() {
            draft.saga.cursor = next;
            let act = self.definition.stages[next].act();
            let (saga, order) = (draft.saga.clone(), draft.change.order.clone());
            let scene = self.scene(&saga, &order, moment);
            if act.is_needed(&scene) {
                // Named with the end of the step before it, where that is enough.
                act.prepare(&scene, &mut draft.change)?;
                draft.begin_again();
                draft.step().start_time = Some(moment.now);
                return Ok(());
            }
            draft.end_step(StepState::Skipped);
        }
        self.end(draft, self.definition.complete, moment)?;
        if let Some(next) = draft.change.next.take() {
            let successor = self.succeed(next, &draft.change.order, moment)?;
            draft.successor = Some(Box::new(successor));
        }
        draft.rest(SagaState::Completed);
        draft.note(Event::SagaCompleted, "");
        Ok(())
    }

    pub(super) fn end(
        &self,
        draft: &mut Draft,
        ending: crate::saga::plan::Ending,
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        let (saga, order) = (draft.saga.clone(), draft.change.order.clone());
        let change: &mut Change = &mut draft.change;
        ending(&self.scene(&saga, &order, moment), change)
    }

    fn wait(&self, draft: &mut Draft) {
        let begins = draft.saga.state != SagaState::Waiting;
        if begins {
            draft.note(Event::StepWaiting, "");
        }
        draft.leave_stay();
        draft.saga.state = SagaState::Waiting;
        draft.step().state = StepState::Running;
        self.look_again(draft);
        let hint = draft.saga.hint_time;
        if begins && hint.is_some() && hint >= draft.step().start_time {
            // A webhook recorded meanwhile may be newer than the answer that says to wait (rule 9).
            draft.go_on();
        }
    }

    /// Queries again after a quarter of the time already waited; the lease is released meanwhile.
    fn look_again(&self, draft: &mut Draft) {
        let now = draft.saga.update_time.max(draft.now());
        let since = draft.step().start_time.unwrap_or(now);
        let mut pause = self.policy.poll_interval(now.since(since));
        if let Some(end) = draft.change.order.expire_time {
            let last = end.minus(self.policy.capture_margin);
            if last > now {
                pause = pause.min(last.since(now));
            }
        }
        draft.pause(pause, false);
    }

    /// The step is refused. `said` is for operators: the participant's own words, where it gave some.
    fn no(
        &self,
        draft: &mut Draft,
        stage: &Stage,
        (failure, said): (&Failure, &str),
        moment: &Moment<'_>,
    ) -> Result<(), Unreadable> {
        draft.step().last_error = Some(said.to_owned());
        match stage {
            Stage::Compensable(_) | Stage::Pivot(_) => {
                self.unwind(draft, failure, StepState::Failed, moment)
            }
            Stage::Decisive(_) => self.decided_against(draft, failure, moment),
            // The pivot was not needed, so that this step takes its place.
            Stage::Retriable(_) if draft.is_first() => self.decided_against(draft, failure, moment),
            Stage::Retriable(_) => {
                self.needs_attention(draft, failure.clone(), None);
                Ok(())
            }
        }
    }

    /// The outcome is unknown: call again under the same key until the attempts are spent.
    fn unknown(
        &self,
        draft: &mut Draft,
        stage: &Stage,
        message: &str,
        moment: &mut Moment<'_>,
    ) -> Result<(), Unreadable> {
        let step = draft.step();
        step.last_error = Some(message.to_owned());
        step.asked = false;
        if draft.saga.state == SagaState::Waiting {
            self.look_again(draft);
            return Ok(());
        }
        let attempts = draft.step().attempts;
        let (limit, backoff) = match stage {
            Stage::Compensable(_) | Stage::Pivot(_) => (
                self.policy.step_attempts,
                self.policy.forward_backoff(attempts, moment.source.roll()),
            ),
            Stage::Decisive(_) | Stage::Retriable(_) => (
                self.policy.compensation_attempts,
                self.policy.stubborn_backoff(attempts, moment.source.roll()),
            ),
        };
        if attempts < limit {
            draft.step().attempts += 1;
            draft.note(Event::StepRetried, message);
            draft.pause(backoff, self.policy.keeps_lease(backoff));
            return Ok(());
        }
        match stage {
            Stage::Compensable(_) | Stage::Pivot(_) => {
                let name = stage.act().name();
                let message = format!("{name} had no known outcome after {attempts} attempts");
                let failure = Failure::new(Reason::ParticipantUnavailable, message);
                self.unwind(draft, &failure, StepState::Unknown, moment)
            }
            Stage::Decisive(_) | Stage::Retriable(_) => {
                let again = Some(self.policy.attention_interval);
                let why = Failure::new(Reason::ParticipantUnavailable, message);
                self.needs_attention(draft, why, again);
                Ok(())
            }
        }
    }
}
