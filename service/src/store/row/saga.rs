//! Converts sagas, and the successor sagas that a commit starts.

use super::body;
use super::encoding::{corrupt, from_json, json, micros};
use crate::domain::{Attention, Commit, Reason, Saga, Successor, Timestamp, Way};
use crate::store::entity::saga;
use crate::store::error::Error;

/// The saga row that a commit writes. The statement that writes it sets `epoch` and `lease_until_us`.
pub(crate) fn from_saga(commit: &Commit) -> saga::Model {
    saga_row(&commit.saga, commit.guard.next_version(), commit)
}

/// The row of the successor saga that a commit starts.
pub(crate) fn from_successor(successor: &Successor, commit: &Commit) -> saga::Model {
    saga_row(&successor.saga, 1, commit)
}

fn saga_row(saga: &Saga, version: i64, commit: &Commit) -> saga::Model {
    saga::Model {
        saga_id: saga.saga_id.uuid(),
        kind: saga.kind.clone(),
        definition_version: i64::from(saga.definition_version),
        organization_id: saga.organization_id.to_string(),
        order_id: saga.order_id.uuid(),
        state: saga.state.as_str().to_owned(),
        due_us: micros(saga.due_time),
        owner: saga.owner.as_ref().map(ToString::to_string),
        lease_until_us: None,
        epoch: 1,
        version,
        commit_id: commit.commit_id.uuid(),
        create_us: saga.create_time.micros(),
        update_us: saga.update_time.micros(),
        body: json(&body::Saga {
            way: saga.way,
            cursor: saga.cursor,
            steps: saga.steps.clone(),
            failure: saga.failure.clone(),
            unwind_asked: saga.unwind_asked,
            hint_time: saga.hint_time,
            payload: saga.payload.clone(),
            sealed_token: saga.sealed_token.clone(),
        }),
    }
}

/// Error: Corrupt, also where a saga that has not ended stands at a step that its body does not have.
pub(crate) fn to_saga(row: saga::Model) -> Result<Saga, Error> {
    let bad = corrupt("saga", row.saga_id);
    let body: body::Saga = from_json(&row.body).map_err(|why| bad(&why))?;
    let saga = assemble(row, body)?;
    if !saga.state.has_ended() && saga.current_step().is_none() {
        return Err(bad(&format!("it has no step {}", saga.cursor)));
    }
    Ok(saga)
}

fn assemble(row: saga::Model, body: body::Saga) -> Result<Saga, Error> {
    let bad = corrupt("saga", row.saga_id);
    let owner = row.owner.map(TryInto::try_into).transpose();
    Ok(Saga {
        saga_id: row.saga_id.into(),
        kind: row.kind,
        definition_version: u32::try_from(row.definition_version).map_err(|e| bad(&e))?,
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        way: body.way,
        cursor: body.cursor,
        steps: body.steps,
        failure: body.failure,
        unwind_asked: body.unwind_asked,
        hint_time: body.hint_time,
        payload: body.payload,
        sealed_token: body.sealed_token,
        owner: owner.map_err(|e| bad(&e))?,
        due_time: row.due_us.map(Timestamp::from_micros),
        epoch: row.epoch,
        version: row.version,
        create_time: Timestamp::from_micros(row.create_us),
        update_time: Timestamp::from_micros(row.update_us),
    })
}

/// Decodes a saga for operators. A saga whose body cannot be decoded gets a placeholder: no steps, and a failure with
/// reason UNREADABLE that names the problem. Errors: Corrupt, where a column other than the body is invalid.
pub(crate) fn to_saga_or_placeholder(row: saga::Model) -> Result<Saga, Error> {
    let unreadable = match to_saga(row.clone()) {
        Ok(saga) => return Ok(saga),
        Err(unreadable) => unreadable,
    };
    let placeholder = body::Saga {
        way: Way::Forward,
        cursor: 0,
        steps: Vec::new(),
        failure: Some(Attention {
            reason: Reason::Unreadable,
            message: format!("{unreadable}; repair the row, then call RetrySaga"),
            next_moves: vec!["RetrySaga".to_owned()],
            stopped_by: None,
        }),
        unwind_asked: false,
        hint_time: None,
        payload: String::new().into(),
        sealed_token: None,
    };
    assemble(row, placeholder)
}
