//! Operator rpcs over fake use cases: commands, refusals, and which replies may be stored.

use order_proto::order::v1::saga_service_server::SagaService as _;
use order_proto::order::v1::{
    CompensateSagaRequest, OrderState, ResolveSagaRequest, RetrySagaRequest,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};

use super::samples::FakeUseCases;
use super::{reason, saga_service, samples};
use crate::domain::Disposition;

fn sagas() -> saga_service::Sagas<FakeUseCases> {
    saga_service::Sagas::new(
        FakeUseCases::default(),
        samples::pages(),
        CancellationToken::new(),
    )
}

fn saga_id() -> String {
    samples::saga().saga_id.to_string()
}

#[tokio::test]
async fn an_answer_is_kept_unless_its_saga_still_moves() {
    let retry = RetrySagaRequest {
        saga_id: saga_id(),
        note: String::new(),
    };
    let retried = sagas().retry_saga(Request::new(retry)).await;
    let retried = retried.expect("it is retried");
    let resolve = ResolveSagaRequest {
        saga_id: saga_id(),
        note: "by phone".into(),
        order_state: OrderState::Failed.into(),
    };
    let resolved = sagas().resolve_saga(Request::new(resolve)).await;
    let resolved = resolved.expect("it is resolved");
    let kept = [retried, resolved].map(|answer| {
        let disposition = answer.extensions().get::<Disposition>();
        disposition
            .expect("the response has a disposition")
            .storable
    });
    assert_eq!(kept, [false, true]);
}

#[tokio::test]
async fn an_act_that_the_saga_does_not_allow_says_why() {
    let compensate = CompensateSagaRequest {
        saga_id: saga_id(),
        note: "please".into(),
    };
    let refused = sagas().compensate_saga(Request::new(compensate)).await;
    let status = refused.expect_err("it is past its pivot");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "SAGA_STATE_INVALID")
    );
    assert_eq!(status.message(), "past its pivot");
}

#[tokio::test]
async fn a_resolution_needs_its_note_and_an_end() {
    for (note, state) in [
        ("", OrderState::Failed),
        ("by phone", OrderState::Unspecified),
        ("by phone", OrderState::Pending),
        ("by\0phone", OrderState::Failed),
    ] {
        let resolve = ResolveSagaRequest {
            saga_id: saga_id(),
            note: note.into(),
            order_state: state.into(),
        };
        let refused = sagas().resolve_saga(Request::new(resolve)).await;
        let status = refused.expect_err("it breaks a rule");
        assert_eq!(reason(&status), "VALIDATION_FAILED", "{note:?} {state:?}");
    }
}
