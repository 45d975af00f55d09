//! Errors that do not depend on a field of the request: unknown ids and routes, methods that are not allowed, bodies
//! that are too large.

use order_proto::order::v1::{GetOrderRequest, GetSagaRequest};
use order_tests::{Backend, Booking, Stack, on_both_backends};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

on_both_backends!(
    an_unknown_id_is_not_found,
    an_unknown_id_is_not_found_over_grpc,
    a_path_that_is_no_route_is_not_found,
    a_method_that_is_not_allowed_lists_the_allowed_ones,
    a_body_over_one_mebibyte_is_too_large,
    a_client_may_ask_for_problem_details,
);

async fn an_unknown_id_is_not_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let id = Uuid::now_v7();
    for (path, reason) in [("orders", "ORDER_NOT_FOUND"), ("sagas", "SAGA_NOT_FOUND")] {
        let reply = stack.api().get(&format!("/v1/{path}/{id}")).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (404, reason),
            "{reply:?}"
        );
        assert_eq!(reply.json()["code"], 5, "{reply:?}");
    }
}

async fn an_unknown_id_is_not_found_over_grpc(backend: Backend) {
    let stack = Stack::on(backend).await;
    let id = Uuid::now_v7().to_string();
    let order = stack
        .orders()
        .get_order(GetOrderRequest {
            order_id: id.clone(),
        })
        .await;
    let saga = stack.sagas().get_saga(GetSagaRequest { saga_id: id }).await;
    let found = [
        order.expect_err("the order is unknown"),
        saga.expect_err("the saga is unknown"),
    ];
    for (status, reason) in found.iter().zip(["ORDER_NOT_FOUND", "SAGA_NOT_FOUND"]) {
        assert_eq!(status.code(), Code::NotFound);
        let info = status
            .get_details_error_info()
            .expect("the error has an ErrorInfo");
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            (reason, "order.v1")
        );
    }
}

async fn a_path_that_is_no_route_is_not_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    for path in [
        "/v1",
        "/v1/order",
        "/v2/orders",
        "/v1/orders/a/b",
        "/v1/orders:fly",
    ] {
        let reply = stack.api().get(path).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (404, "ROUTE_NOT_FOUND"),
            "{path}: {reply:?}"
        );
    }
}

async fn a_method_that_is_not_allowed_lists_the_allowed_ones(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let reply = api.send(api.request("DELETE", "/v1/orders")).await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (405, "METHOD_NOT_ALLOWED"),
        "{reply:?}"
    );
    let allow = reply
        .header("allow")
        .expect("the reply has an Allow header");
    let mut allowed: Vec<&str> = allow.split(',').map(str::trim).collect();
    allowed.retain(|method| !["HEAD", "OPTIONS"].contains(method));
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "POST"]);
}

async fn a_body_over_one_mebibyte_is_too_large(backend: Backend) {
    let stack = Stack::on(backend).await;
    let mut body = Booking::new().json();
    body["tickets"] = json!([{"seatId": "A1", "holderName": "n".repeat(1 << 20)}]);
    let reply = stack.api().post("/v1/orders", &body).await;
    assert_eq!(
        (reply.status, reply.reason().as_str()),
        (413, "REQUEST_TOO_LARGE"),
        "{reply:?}"
    );
    let mut request = Booking::new().proto();
    request.tickets[0].holder_name = "n".repeat(1 << 20);
    let status = stack
        .orders()
        .create_order(request)
        .await
        .expect_err("too large");
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    let info = status
        .get_details_error_info()
        .expect("the error has an ErrorInfo");
    assert_eq!(info.reason, "REQUEST_TOO_LARGE");
}

async fn a_client_may_ask_for_problem_details(backend: Backend) {
    let stack = Stack::on(backend).await;
    let api = stack.api();
    let path = format!("/v1/orders/{}", Uuid::now_v7());
    let reply = api
        .send(
            api.request("GET", &path)
                .header("accept", "application/problem+json"),
        )
        .await;
    assert_eq!(reply.status, 404);
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json"),
        "{reply:?}"
    );
    let problem = reply.json();
    assert_eq!(problem["status"], 404, "{problem}");
    assert!(
        problem["title"].is_string() && problem["detail"].is_string(),
        "{problem}"
    );
    assert!(reply.text().contains("ORDER_NOT_FOUND"), "{problem}");
}
