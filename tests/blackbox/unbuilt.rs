//! Rpcs of the contract that are not built yet say so, in every protocol.

use order_proto::order::v1::ListDeliveriesRequest;
use order_proto::order::v1::delivery_service_client::DeliveryServiceClient;
use order_tests::{Backend, Booking, Stack, on_both_backends};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_backends!(
    an_rpc_that_is_not_built_says_so,
    a_route_that_is_not_built_says_so
);

async fn refusals(stack: &Stack) -> Vec<(&'static str, Option<Status>)> {
    let mut deliveries = DeliveryServiceClient::new(stack.channel(0));
    vec![(
        "ListDeliveries",
        deliveries
            .list_deliveries(ListDeliveriesRequest::default())
            .await
            .err(),
    )]
}

async fn an_rpc_that_is_not_built_says_so(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    for (rpc, refusal) in refusals(&stack).await {
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
    let reply = api.get("/v1/deliveries").await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (501, "NOT_IMPLEMENTED"),
        "{reply:?}"
    );
}
