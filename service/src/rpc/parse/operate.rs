//! Operators' requests on sagas.

use order_proto::order::v1::{CompensateSagaRequest, ResolveSagaRequest, RetrySagaRequest};

use super::broken::Broken;
use super::scalars;
use crate::domain::{Operate, Operation};
use crate::error::Error;

pub(in crate::rpc) fn retry_saga(message: RetrySagaRequest) -> Result<Operate, Error> {
    let broken = Broken::of(&message)?;
    operate(
        broken,
        &message.saga_id,
        message.note,
        Some(Operation::Retry),
    )
}

pub(in crate::rpc) fn compensate_saga(message: CompensateSagaRequest) -> Result<Operate, Error> {
    let broken = Broken::of(&message)?;
    let compensate = Some(Operation::Compensate);
    operate(broken, &message.saga_id, message.note, compensate)
}

pub(in crate::rpc) fn resolve_saga(message: ResolveSagaRequest) -> Result<Operate, Error> {
    let broken = Broken::of(&message)?;
    // An unknown state violates the protos' own rules.
    let resolve = scalars::order_state(message.order_state).map(Operation::Resolve);
    operate(broken, &message.saga_id, message.note, resolve)
}

fn operate(
    mut broken: Broken,
    saga_id: &str,
    note: String,
    operation: Option<Operation>,
) -> Result<Operate, Error> {
    if note.contains('\0') {
        broken.add("note", "must not contain the character NUL");
    }
    let saga_id = broken.keep("sagaId", saga_id.parse());
    let (Some(saga_id), Some(operation)) = (saga_id, operation) else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(Operate {
        saga_id,
        operation,
        note,
        claim: None,
        actor: String::new(),
    })
}
