//! Renders sagas.

use order_proto::order::v1 as pb;

use super::timestamp;
use crate::domain::{Attention, HistoryEntry, Saga, SagaState, Step, StepState};

pub(in crate::rpc) fn saga(saga: Saga, history: Vec<HistoryEntry>) -> pb::Saga {
    let current_step = saga.current_step().map(|step| step.name.clone());
    // A saga whose call is in flight is due at once; that is not shown as a wait.
    let next_attempt_time = saga.due_time.filter(|due| *due > saga.update_time);
    pb::Saga {
        saga_id: saga.saga_id.to_string(),
        kind: saga.kind,
        definition_version: number(saga.definition_version),
        order_id: saga.order_id.to_string(),
        organization_id: saga.organization_id.to_string(),
        state: saga_state(saga.state).into(),
        current_step: current_step.unwrap_or_default(),
        steps: saga.steps.into_iter().map(step).collect(),
        history: history.into_iter().map(event).collect(),
        failure: saga.failure.map(failure),
        payload: saga.payload.into(),
        owner: saga
            .owner
            .map(|owner| owner.to_string())
            .unwrap_or_default(),
        next_attempt_time: next_attempt_time.map(timestamp),
        create_time: Some(timestamp(saga.create_time)),
        update_time: Some(timestamp(saga.update_time)),
    }
}

fn step(step: Step) -> pb::SagaStep {
    pb::SagaStep {
        name: step.name,
        state: step_state(step.state).into(),
        attempts: number(step.attempts),
        last_error: step.last_error.unwrap_or_default(),
        start_time: step.start_time.map(timestamp),
        end_time: step.end_time.map(timestamp),
    }
}

fn event(entry: HistoryEntry) -> pb::SagaEvent {
    pb::SagaEvent {
        time: Some(timestamp(entry.time)),
        event: entry.event.into(),
        step: entry.step,
        detail: entry.detail,
        actor: entry.actor,
    }
}

/// What stopped the saga comes first, followed by the reason for which it compensates.
fn failure(attention: Attention) -> pb::SagaFailure {
    let Attention {
        mut reason,
        mut message,
        next_moves,
        stopped_by,
    } = attention;
    if let Some(stopped) = stopped_by {
        message = format!("{} (it unwinds: {reason}, {message})", stopped.message);
        reason = stopped.reason;
    }
    pb::SagaFailure {
        reason: reason.into(),
        message,
        next_moves,
    }
}

/// Counts and versions fit 32 bits; a larger one is shown as the largest.
fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) const fn saga_state(state: SagaState) -> pb::SagaState {
    match state {
        SagaState::Running => pb::SagaState::Running,
        SagaState::Waiting => pb::SagaState::Waiting,
        SagaState::Compensating => pb::SagaState::Compensating,
        SagaState::Completed => pb::SagaState::Completed,
        SagaState::Compensated => pb::SagaState::Compensated,
        SagaState::NeedsAttention => pb::SagaState::NeedsAttention,
    }
}

pub(super) const fn step_state(state: StepState) -> pb::StepState {
    match state {
        StepState::Pending => pb::StepState::Pending,
        StepState::Running => pb::StepState::Running,
        StepState::Succeeded => pb::StepState::Succeeded,
        StepState::Failed => pb::StepState::Failed,
        StepState::Unknown => pb::StepState::Unknown,
        StepState::Compensated => pb::StepState::Compensated,
        StepState::Skipped => pb::StepState::Skipped,
    }
}
