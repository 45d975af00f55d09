//! Paths and queries: decoding, binding and precedence.

use order_proto::order::v1::OrderState;

use crate::stack::Stack;

#[tokio::test]
async fn a_path_is_decoded_and_overrides_the_body() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/orders/a%2Fb%20c%3Acancel").await;
    assert_eq!(answer.json["orderId"], "a/b c:cancel");
    let body = r#"{"order_id": "other", "reason": "rain"}"#;
    stack.post("/v1/orders/7:cancel", body).await;
    let cancel = stack.backend.arrived().cancel.expect("it arrived");
    assert_eq!(
        (cancel.order_id.as_str(), cancel.reason.as_str()),
        ("7", "rain")
    );
}

#[tokio::test]
async fn a_query_binds_both_spellings_enums_times_and_repeated_fields() {
    let stack = Stack::start().await;
    let answer = stack
        .get(
            "/v1/orders?organization_id=a%20b&userId=u+1&states=ORDER_STATE_CONFIRMED&states=1\
             &create_time_after=2024-02-29T12:00:00.5Z&pageSize=7&createTimeBefore.=",
        )
        .await;
    answer.is_refusal(400, "VALIDATION_FAILED");
    assert_eq!(answer.field(), "createTimeBefore.");
    let answer = stack
        .get(
            "/v1/orders?organization_id=a%20b&userId=u+1&states=ORDER_STATE_CONFIRMED&states=1\
             &create_time_after=2024-02-29T12:00:00.5Z&pageSize=7",
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = stack.backend.arrived().list.expect("it arrived");
    assert_eq!(list.organization_id, "a b");
    assert_eq!(list.user_id, "u 1");
    assert_eq!(list.states, [OrderState::Confirmed as i32, 1]);
    assert_eq!(list.page_size, 7);
    let after = list.create_time_after.expect("it was given");
    assert_eq!((after.seconds, after.nanos), (1_709_208_000, 500_000_000));
}

#[tokio::test]
async fn a_faulty_parameter_is_named() {
    let stack = Stack::start().await;
    for (query, field) in [
        ("colour=red", "colour"),
        ("organization_id=a&organizationId=b", "organizationId"),
        // A known field is named by its JSON name, an unknown one as the caller spells it.
        ("page_size=many", "pageSize"),
        ("page_size=2147483648", "pageSize"),
        ("states=CONFIRMED", "states"),
        ("create_time_after=yesterday", "createTimeAfter"),
        ("create_time_after.seconds=1", "create_time_after.seconds"),
        ("user_id=%zz", "userId"),
        ("organizationId=a&organization_id=b", "organizationId"),
        ("=x", ""),
        ("user_id.x=1", "user_id.x"),
    ] {
        let answer = stack.get(&format!("/v1/orders?{query}")).await;
        answer.is_refusal(400, "VALIDATION_FAILED");
        assert_eq!(answer.field(), field, "{query}");
    }
    let answer = stack.post("/v1/orders?user_id=u", "{}").await;
    answer.is_refusal(400, "VALIDATION_FAILED");
    assert_eq!(answer.field(), "user_id");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_refused() {
    let stack = Stack::start().await;
    stack
        .get("/v2/orders")
        .await
        .is_refusal(404, "ROUTE_NOT_FOUND");
    stack
        .get("/v1/orders/")
        .await
        .is_refusal(404, "ROUTE_NOT_FOUND");
    let answer = crate::stack::Answer::of(stack.request("DELETE", "/v1/orders")).await;
    answer.is_refusal(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.headers["allow"], "GET, HEAD, OPTIONS, POST");
    let long = format!("/v1/orders?user_id={}", "u".repeat(20_000));
    stack.get(&long).await.is_refusal(414, "URI_TOO_LONG");
}
