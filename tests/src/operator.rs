//! An operator, olga, who acts on sagas. Knows nothing of what is wrong with them.

use order_proto::order::v1::{OrderState, ResolveSagaRequest, RetrySagaRequest, Saga, SagaState};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use crate::Stack;
use crate::wait::{SOON, until};

/// What an act is answered with.
pub type Answer = Result<Response<Saga>, Status>;

/// A request of this person.
///
/// # Panics
/// When the name is not ASCII.
pub fn by<M>(actor: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let actor = actor.parse().expect("ASCII");
    request.metadata_mut().insert("x-actor", actor);
    request
}

/// `RetrySaga`, by olga.
///
/// # Errors
/// When it is refused.
pub async fn retry(stack: &Stack, saga_id: &str) -> Answer {
    let request = RetrySagaRequest {
        saga_id: saga_id.to_owned(),
        note: "the participant is back".to_owned(),
    };
    stack.sagas().retry_saga(by("olga", request)).await
}

/// `ResolveSaga` to this state, by olga.
///
/// # Errors
/// When it is refused.
pub async fn resolve(stack: &Stack, saga_id: &str, state: OrderState) -> Answer {
    let request = ResolveSagaRequest {
        saga_id: saga_id.to_owned(),
        note: "settled by phone".to_owned(),
        order_state: state.into(),
    };
    stack.sagas().resolve_saga(by("olga", request)).await
}

/// The saga after an act.
///
/// # Panics
/// When it was refused.
pub fn done(answer: Answer) -> Saga {
    answer.expect("the act is done").into_inner()
}

/// The message of a refusal for the saga's state.
///
/// # Panics
/// When it was done, or refused for another reason.
pub fn refused(answer: Answer) -> String {
    let status = answer.expect_err("the act is refused");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    let info = status.get_details_error_info().expect("it says why");
    assert_eq!(info.reason, "SAGA_STATE_INVALID", "{status:?}");
    status.message().to_owned()
}

/// Waits until the saga stands so.
///
/// # Panics
/// When it does not in time.
pub async fn becomes(stack: &Stack, saga_id: &str, state: SagaState) -> Saga {
    let what = format!("saga {saga_id} to be {}", state.as_str_name());
    until(&what, SOON, async || {
        let saga = stack.saga(saga_id).await;
        (saga.state() == state).then_some(saga)
    })
    .await
}
