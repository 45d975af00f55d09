//! The operators' view of usage and notification deliveries, and the effect of `RetryDelivery`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use order_proto::order::v1::delivery_service_client::DeliveryServiceClient;
use order_proto::order::v1::{
    Delivery, DeliveryKind, DeliveryState, ListDeliveriesRequest, RetryDeliveryRequest,
};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::{key, organization};
use order_tests::sandbox::{RECORD_USAGE, SEND_NOTIFICATION};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends, promises};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// Longer than the test takes, so that the service does not retry by itself meanwhile; in microseconds.
const LONG_MICROS: i128 = 2_000_000;

/// The delay of a fault that replaces one that lasts until `Reset`; short enough to have no effect.
const HEALED: Duration = Duration::from_millis(1);

on_both_backends!(
    a_dead_delivery_is_seen_and_delivered_once_when_it_is_tried_again,
    a_waiting_delivery_is_due_at_once_when_it_is_tried_again,
    a_delivery_is_dead_when_its_attempts_are_spent,
    a_delivered_one_is_not_tried_again,
    an_unknown_delivery_is_not_found,
    pages_of_deliveries_hold_each_once_newest_first,
    a_token_of_deliveries_opens_no_other_list,
);

async fn page(
    stack: &Stack,
    request: ListDeliveriesRequest,
) -> Result<(Vec<Delivery>, String), Status> {
    let answer = DeliveryServiceClient::new(stack.channel(0))
        .list_deliveries(request)
        .await?
        .into_inner();
    Ok((answer.deliveries, answer.next_page_token))
}

async fn listed(stack: &Stack, mut request: ListDeliveriesRequest) -> Vec<Delivery> {
    let mut found = Vec::new();
    loop {
        let answer = page(stack, request.clone()).await;
        let (deliveries, next) = answer.expect("deliveries are listed");
        found.extend(deliveries);
        if next.is_empty() {
            return found;
        }
        request.page_token = next;
    }
}

async fn retry(stack: &Stack, delivery_id: &str, key: &str) -> Result<Response<Delivery>, Status> {
    let mut request = Request::new(RetryDeliveryRequest {
        delivery_id: delivery_id.to_owned(),
    });
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    DeliveryServiceClient::new(stack.channel(0))
        .retry_delivery(request)
        .await
}

fn reason(refused: &Status) -> String {
    let info = refused.get_details_error_info();
    info.expect("the error has an ErrorInfo").reason
}

/// Waits until the order's only delivery of this kind is in this state.
async fn becomes(
    stack: &Stack,
    order_id: &str,
    kind: DeliveryKind,
    state: DeliveryState,
) -> Delivery {
    let what = format!("a {} {}", state.as_str_name(), kind.as_str_name());
    until(&what, SOON, async || {
        let request = ListDeliveriesRequest {
            order_id: order_id.to_owned(),
            kind: kind.into(),
            states: vec![state.into()],
            ..Default::default()
        };
        listed(stack, request).await.pop()
    })
    .await
}

fn due_micros(delivery: &Delivery) -> i128 {
    let due = delivery
        .next_attempt_time
        .as_ref()
        .expect("the delivery has a next_attempt_time");
    i128::from(due.seconds) * 1_000_000 + i128::from(due.nanos) / 1_000
}

/// The current time in microseconds; the database runs on the same clock.
fn now_micros() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i128::try_from(since.expect("the clock is after 1970").as_micros())
        .expect("the time fits in 128 bits")
}

async fn a_dead_delivery_is_seen_and_delivered_once_when_it_is_tried_again(backend: Backend) {
    let stack = Stack::on(backend).await;
    let reject = FaultKind::Reject;
    stack.sandbox.fault(RECORD_USAGE, reject, 1).await;
    let order = stack.book(&Booking::new().with_seats(2)).await;
    let usage = DeliveryKind::Usage;
    let dead = becomes(&stack, &order.order_id, usage, DeliveryState::Dead).await;
    assert_eq!(dead.organization_id, order.organization_id);
    assert!(
        !dead.last_error.is_empty() && dead.next_attempt_time.is_none(),
        "{dead:?}"
    );

    let key = key();
    let retried = retry(&stack, &dead.delivery_id, &key).await;
    let retried = retried.expect("the retry is accepted").into_inner();
    assert_eq!(
        (retried.state(), retried.attempts),
        (DeliveryState::Pending, 0),
        "{retried:?}"
    );
    becomes(&stack, &order.order_id, usage, DeliveryState::Delivered).await;
    let again = retry(&stack, &dead.delivery_id, &key).await;
    let again = again.expect("a repeat is answered");
    assert!(again.metadata().contains_key("idempotent-replayed"));
    let again = again.into_inner();
    assert_eq!(
        (&again.delivery_id, again.state()),
        (&dead.delivery_id, DeliveryState::Delivered),
        "as it now stands"
    );
    promises::are_delivered(&stack, &order, 2).await;

    let other = stack.book(&Booking::new()).await;
    let other = becomes(&stack, &other.order_id, usage, DeliveryState::Delivered).await;
    let elsewhere = retry(&stack, &other.delivery_id, &key).await;
    let elsewhere = elsewhere.expect_err("the delivery belongs to another key");
    assert_eq!(
        reason(&elsewhere),
        "DELIVERY_STATE_INVALID",
        "another tenant's key"
    );
}

async fn a_waiting_delivery_is_due_at_once_when_it_is_tried_again(backend: Backend) {
    let stack = Stack::on(backend).await;
    let fails = FaultKind::FailBefore;
    stack.sandbox.fault(SEND_NOTIFICATION, fails, 0).await;
    let order = stack.book(&Booking::new()).await;
    let letter = DeliveryKind::Notification;
    let waiting = until("a long pause", SOON, async || {
        let waiting = becomes(&stack, &order.order_id, letter, DeliveryState::Pending).await;
        (due_micros(&waiting) > now_micros() + LONG_MICROS).then_some(waiting)
    })
    .await;
    stack.sandbox.delay(SEND_NOTIFICATION, 1, HEALED).await;
    let retried = retry(&stack, &waiting.delivery_id, &key()).await;
    let retried = retried.expect("the retry is accepted").into_inner();
    assert_eq!(retried.state(), DeliveryState::Pending, "{retried:?}");
    assert_eq!(retried.attempts, waiting.attempts, "the attempts are kept");
    assert!(due_micros(&retried) < due_micros(&waiting), "{retried:?}");
    promises::are_delivered(&stack, &order, 1).await;
}

async fn a_delivery_is_dead_when_its_attempts_are_spent(backend: Backend) {
    let setup = Setup::on(backend).with("DELIVERY_ATTEMPTS", 3);
    let stack = setup.start().await;
    let fails = FaultKind::FailBefore;
    stack.sandbox.fault(RECORD_USAGE, fails, 3).await;
    let order = stack.book(&Booking::new()).await;
    let usage = DeliveryKind::Usage;
    let dead = becomes(&stack, &order.order_id, usage, DeliveryState::Dead).await;
    assert_eq!(dead.attempts, 3, "{dead:?}");
    let letter = DeliveryKind::Notification;
    becomes(&stack, &order.order_id, letter, DeliveryState::Delivered).await;
}

async fn a_delivered_one_is_not_tried_again(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let (usage, delivered) = (DeliveryKind::Usage, DeliveryState::Delivered);
    let done = becomes(&stack, &order.order_id, usage, delivered).await;
    let refused = retry(&stack, &done.delivery_id, &key()).await;
    let refused = refused.expect_err("a delivered message is not retried");
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    assert_eq!(reason(&refused), "DELIVERY_STATE_INVALID");
    assert_eq!(stack.sandbox.calls("", RECORD_USAGE).await, 1);
    let now = becomes(&stack, &order.order_id, usage, delivered).await;
    assert_eq!(now, done);
}

async fn an_unknown_delivery_is_not_found(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let refused = retry(&stack, &order.order_id, &key()).await;
    let refused = refused.expect_err("an order's id names no delivery");
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(reason(&refused), "DELIVERY_NOT_FOUND");
}

async fn pages_of_deliveries_hold_each_once_newest_first(backend: Backend) {
    let stack = Stack::on(backend).await;
    let tenant = organization();
    let mut orders = Vec::new();
    for _ in 0..3 {
        let booking = Booking::new().for_organization(&tenant);
        orders.push(stack.book(&booking).await.order_id);
    }
    stack.book(&Booking::new()).await;
    for order_id in &orders {
        let delivered = DeliveryState::Delivered;
        becomes(&stack, order_id, DeliveryKind::Usage, delivered).await;
        becomes(&stack, order_id, DeliveryKind::Notification, delivered).await;
    }
    let of_tenant = ListDeliveriesRequest {
        organization_id: tenant.clone(),
        ..Default::default()
    };
    let all = listed(&stack, of_tenant.clone()).await;
    assert_eq!(all.len(), 6, "{all:?}");
    let newest_first: Vec<&String> = all.iter().map(|delivery| &delivery.order_id).collect();
    let expected: Vec<&String> = orders.iter().rev().flat_map(|id| [id, id]).collect();
    assert_eq!(newest_first, expected);
    let small = ListDeliveriesRequest {
        page_size: 1,
        ..of_tenant.clone()
    };
    assert_eq!(listed(&stack, small).await, all);

    let usages = ListDeliveriesRequest {
        kind: DeliveryKind::Usage.into(),
        ..of_tenant.clone()
    };
    let usages = listed(&stack, usages).await;
    assert_eq!(usages.len(), 3);
    assert!(usages.iter().all(|one| one.kind() == DeliveryKind::Usage));
    let dead = ListDeliveriesRequest {
        states: vec![DeliveryState::Dead.into()],
        ..of_tenant
    };
    assert_eq!(listed(&stack, dead).await, []);
    let of_order = ListDeliveriesRequest {
        order_id: orders[0].to_uppercase(),
        ..Default::default()
    };
    let of_order = listed(&stack, of_order).await;
    assert_eq!(of_order, all[4..]);
}

async fn a_token_of_deliveries_opens_no_other_list(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (api, order) = (stack.api(), stack.book(&Booking::new()).await);
    let (tenant, order_id) = (&order.organization_id, &order.order_id);
    let first = format!("/v1/deliveries?organization_id={tenant}&page_size=1");
    let token = api.get(&first).await.ok()["nextPageToken"]
        .as_str()
        .expect("there is a next page")
        .to_owned();
    let next = format!("/v1/deliveries?organization_id={tenant}&page_token={token}");
    let rest = api.get(&next).await.ok();
    assert_eq!(rest["deliveries"].as_array().map(Vec::len), Some(1));
    let other = organization();
    for list in [
        format!("/v1/deliveries?organization_id={other}&page_token={token}"),
        format!("/v1/deliveries?page_token={token}"),
        format!("/v1/deliveries?organization_id={tenant}&order_id={order_id}&page_token={token}"),
        format!("/v1/orders?organization_id={tenant}&page_token={token}"),
        format!("/v1/deliveries?organization_id={tenant}&page_token=A{token}"),
    ] {
        let reply = api.get(&list).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (400, "PAGE_TOKEN_INVALID"),
            "{list}"
        );
    }
    let negative = format!("/v1/deliveries?organization_id={tenant}&page_size=-1");
    assert_eq!(api.get(&negative).await.fields(), ["pageSize"]);
}
