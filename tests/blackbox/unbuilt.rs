//! Rpcs of the contract that are not built yet say so, in every protocol.

use order_proto::order::v1::{
    CompensateSagaRequest, Order, OrderState, ResolveSagaRequest, RetrySagaRequest,
};
use order_tests::{Backend, Booking, Stack, on_both_backends};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_backends!(
    an_rpc_that_is_not_built_says_so,
    a_route_that_is_not_built_says_so
);

async fn refusals(stack: &Stack, order: &Order) -> Vec<(&'static str, Option<Status>)> {
    let (saga_id, mut sagas) = (order.saga_id.clone(), stack.sagas());
    let retry = RetrySagaRequest {
        saga_id: saga_id.clone(),
        ..Default::default()
    };
    let compensate = CompensateSagaRequest {
        saga_id: saga_id.clone(),
        ..Default::default()
    };
    let settled = OrderState::Confirmed.into();
    let resolve = ResolveSagaRequest {
        saga_id,
        note: "by phone".to_owned(),
        order_state: settled,
    };
    vec![
        ("RetrySaga", sagas.retry_saga(retry).await.err()),
        (
            "CompensateSaga",
            sagas.compensate_saga(compensate).await.err(),
        ),
        ("ResolveSaga", sagas.resolve_saga(resolve).await.err()),
    ]
}

async fn an_rpc_that_is_not_built_says_so(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    for (rpc, refusal) in refusals(&stack, &order).await {
        let status = refusal.unwrap_or_else(|| panic!("{rpc} is built: test what it does"));
        assert_eq!(status.code(), Code::Unimplemented, "{rpc}: {status:?}");
        let info = status
            .get_details_error_info()
            .unwrap_or_else(|| panic!("{rpc} does not say why"));
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("NOT_IMPLEMENTED", "order.v1"),
            "{rpc}"
        );
    }
    assert_eq!(stack.order(&order.order_id).await, order);
}

async fn a_route_that_is_not_built_says_so(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let order = stack.book(&Booking::new()).await;
    let retry = format!("/v1/sagas/{}:retry", order.saga_id);
    let reply = api.post(&retry, &json!({})).await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (501, "NOT_IMPLEMENTED"),
        "{reply:?}"
    );
}
