//! Paged lists: complete, newest first, with page tokens that cannot be altered.

use order_proto::order::v1::OrderState;
use order_tests::booking::organization;
use order_tests::{Api, Backend, Booking, Stack, on_both_backends};
use serde_json::Value;

on_both_backends!(
    pages_together_hold_every_order_once_newest_first,
    a_list_holds_one_tenant_only,
    filters_leave_out_the_rest,
    a_page_token_serves_only_the_list_it_was_made_for,
    a_page_larger_than_allowed_is_cut,
);

async fn some_orders(stack: &Stack, organization_id: &str, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let order = stack
            .book(&Booking::new().for_organization(organization_id))
            .await;
        assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
        ids.push(order.order_id);
    }
    ids.reverse();
    ids
}

fn ids(page: &Value) -> Vec<String> {
    let orders = page["orders"].as_array().cloned().unwrap_or_default();
    orders
        .iter()
        .filter_map(|order| order["orderId"].as_str())
        .map(str::to_owned)
        .collect()
}

async fn list(api: &Api, query: &str) -> Value {
    api.get(&format!("/v1/orders?{query}")).await.ok()
}

fn token(page: &Value) -> &str {
    page["nextPageToken"].as_str().unwrap_or_default()
}

async fn pages_together_hold_every_order_once_newest_first(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (api, tenant) = (stack.api(), organization());
    let expected = some_orders(&stack, &tenant, 5).await;
    let mut found = Vec::new();
    let mut page_token = String::new();
    let mut sizes = Vec::new();
    // The page size may differ between pages.
    for size in [2, 1, 2, 2] {
        let page = list(
            &api,
            &format!("organization_id={tenant}&page_size={size}&page_token={page_token}"),
        )
        .await;
        sizes.push(ids(&page).len());
        found.extend(ids(&page));
        token(&page).clone_into(&mut page_token);
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, expected);
    assert!(page_token.is_empty(), "the last page has no token");
    assert_eq!(&sizes[..3], [2, 1, 2]);
    let camel = list(&api, &format!("organizationId={tenant}&pageSize=5")).await;
    assert_eq!(ids(&camel), expected);
}

async fn a_list_holds_one_tenant_only(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (one, other) = (organization(), organization());
    let expected = some_orders(&stack, &one, 1).await;
    some_orders(&stack, &other, 2).await;
    assert_eq!(
        ids(&list(&stack.api(), &format!("organization_id={one}")).await),
        expected
    );
}

async fn filters_leave_out_the_rest(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (api, tenant) = (stack.api(), organization());
    let confirmed = some_orders(&stack, &tenant, 1).await;
    let declined = stack
        .book(
            &Booking::new()
                .for_organization(&tenant)
                .with_token("tok_declined"),
        )
        .await
        .order_id;
    let mut elsewhere = Booking::new().for_organization(&tenant);
    "ga-elsewhere".clone_into(&mut elsewhere.event_id);
    let elsewhere = stack.book(&elsewhere).await;
    let found =
        async |filter: &str| ids(&list(&api, &format!("organization_id={tenant}&{filter}")).await);
    assert_eq!(
        found("states=ORDER_STATE_FAILED").await,
        [declined.as_str()]
    );
    assert_eq!(
        found("event_id=ga-elsewhere").await,
        [elsewhere.order_id.as_str()]
    );
    assert_eq!(
        found("states=ORDER_STATE_FAILED&states=ORDER_STATE_CONFIRMED").await,
        [elsewhere.order_id.clone(), declined, confirmed[0].clone()]
    );
    assert!(found("user_id=nobody").await.is_empty());
    assert!(
        found("create_time_before=2020-01-01T00:00:00Z")
            .await
            .is_empty()
    );
    assert_eq!(
        found("create_time_after=2020-01-01T00:00:00Z").await.len(),
        3
    );
}

async fn a_page_token_serves_only_the_list_it_was_made_for(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (api, tenant) = (stack.api(), organization());
    some_orders(&stack, &tenant, 2).await;
    let page = list(&api, &format!("organization_id={tenant}&page_size=1")).await;
    let token = token(&page).to_owned();
    assert!(!token.is_empty(), "{page}");
    let middle = token.len() / 2;
    let other = if token.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut bent = token.clone();
    bent.replace_range(middle..=middle, other);
    for query in [
        format!("organization_id={tenant}&page_token={bent}"),
        format!("organization_id={tenant}&page_token=made-up"),
        format!("organization_id={tenant}x&page_token={token}"),
        format!("organization_id={tenant}&event_id=other&page_token={token}"),
        format!("organization_id={tenant}&states=ORDER_STATE_CONFIRMED&page_token={token}"),
    ] {
        let reply = api.get(&format!("/v1/orders?{query}")).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (400, "PAGE_TOKEN_INVALID"),
            "{query}: {reply:?}"
        );
    }
    let sagas = api
        .get(&format!(
            "/v1/sagas?organization_id={tenant}&page_token={token}"
        ))
        .await;
    assert_eq!(
        (sagas.status, sagas.reason().as_str()),
        (400, "PAGE_TOKEN_INVALID"),
        "another list: {sagas:?}"
    );
}

async fn a_page_larger_than_allowed_is_cut(backend: Backend) {
    let stack = Stack::on(backend).await;
    let tenant = organization();
    let expected = some_orders(&stack, &tenant, 2).await;
    let page = list(
        &stack.api(),
        &format!("organization_id={tenant}&page_size=2147483647"),
    )
    .await;
    assert_eq!(ids(&page), expected);
}
