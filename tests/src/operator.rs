//! Calls of an operator named olga: retries and resolves sagas. Does not know why a saga needs an operator.

use order_proto::order::v1::{OrderState, ResolveSagaRequest, RetrySagaRequest, Saga, SagaState};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use crate::Stack;
use crate::wait::{SOON, until};

/// The answer to an operator's call.
pub type Answer = Result<Response<Saga>, Status>;

/// A request with `actor` in the metadata `x-actor`.
///
/// # Panics
/// When the name is not ASCII.
pub fn by<M>(actor: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let actor = actor.parse().expect("an actor is ASCII");
    request.metadata_mut().insert("x-actor", actor);
    request
}

/// Calls `RetrySaga` as olga.
///
/// # Errors
/// The status with which the call was refused.
pub async fn retry(stack: &Stack, saga_id: &str) -> Answer {
    let request = RetrySagaRequest {
        saga_id: saga_id.to_owned(),
        note: "the participant is back".to_owned(),
    };
    stack.sagas().retry_saga(by("olga", request)).await
}

/// Calls `ResolveSaga` with this order state as olga.
///
/// # Errors
/// The status with which the call was refused.
pub async fn resolve(stack: &Stack, saga_id: &str, state: OrderState) -> Answer {
    let request = ResolveSagaRequest {
        saga_id: saga_id.to_owned(),
        note: "settled by phone".to_owned(),
        order_state: state.into(),
    };
    stack.sagas().resolve_saga(by("olga", request)).await
}

/// The saga in a successful answer.
///
/// # Panics
/// When the call was refused.
pub fn done(answer: Answer) -> Saga {
    answer.expect("the call succeeds").into_inner()
}

/// The message of a refusal with the reason SAGA_STATE_INVALID.
///
/// # Panics
/// When the call succeeded, or was refused for another reason.
pub fn refused(answer: Answer) -> String {
    let status = answer.expect_err("the call is refused");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    let info = status
        .get_details_error_info()
        .expect("the refusal has a reason");
    assert_eq!(info.reason, "SAGA_STATE_INVALID", "{status:?}");
    status.message().to_owned()
}

/// Waits until the saga is in this state.
///
/// # Panics
/// When it is not within [`SOON`].
pub async fn becomes(stack: &Stack, saga_id: &str, state: SagaState) -> Saga {
    let what = format!("saga {saga_id} to be {}", state.as_str_name());
    until(&what, SOON, async || {
        let saga = stack.saga(saga_id).await;
        (saga.state() == state).then_some(saga)
    })
    .await
}
