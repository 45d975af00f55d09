//! Tables: a request that is wrong in one place, and the JSON path that names the place.

use std::collections::BTreeMap;

use order_proto::google::r#type::Money;
use order_proto::order::v1::{
    Contact, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, ListSagasRequest,
    PaymentMethod, TicketRequest,
};

use super::*;
use crate::error::Error;

fn ticket(seat_id: &str) -> TicketRequest {
    TicketRequest {
        seat_id: seat_id.into(),
        holder_name: String::new(),
    }
}

fn usd(units: i64, nanos: i32) -> Option<Money> {
    money("USD", units, nanos)
}

fn money(currency_code: &str, units: i64, nanos: i32) -> Option<Money> {
    Some(Money {
        currency_code: currency_code.into(),
        units,
        nanos,
    })
}

/// A request that is right in every field.
fn right() -> CreateOrderRequest {
    CreateOrderRequest {
        organization_id: "org-1".into(),
        user_id: "ann".into(),
        event_id: "ga-opera".into(),
        tickets: vec![ticket("A1"), ticket("A2")],
        payment_method: Some(PaymentMethod {
            r#type: "card".into(),
            token: "tok_ok".into(),
        }),
        contact: Some(Contact {
            email: "ann@example.com".into(),
            phone: String::new(),
        }),
        expected_total: usd(100, 0),
        ..Default::default()
    }
}

/// The fields that a refusal names.
fn fields<T: std::fmt::Debug>(parsed: Result<T, Error>) -> Vec<String> {
    let error = parsed.expect_err("it is refused");
    let Error::Invalid(violations) = error else {
        panic!("another refusal: {error:?}");
    };
    violations.into_iter().map(|v| v.field).collect()
}

fn refused(change: impl FnOnce(&mut CreateOrderRequest)) -> Vec<String> {
    let mut message = right();
    change(&mut message);
    fields(create_order(message))
}

#[test]
fn a_valid_request_becomes_a_command() {
    let parsed = create_order(right()).expect("it is right");
    assert_eq!(parsed.command.tickets.len(), 2);
    assert_eq!(parsed.command.token.reveal(), "tok_ok");
    assert_eq!(parsed.command.hold_id, None);
    assert_eq!(
        parsed.command.expected_total.map(|total| total.minor),
        Some(10_000)
    );
    assert_eq!(parsed.wait, None);
}

#[test]
fn what_is_missing_is_named() {
    let empty = fields(create_order(CreateOrderRequest::default()));
    assert_eq!(
        empty,
        [
            "organizationId",
            "userId",
            "eventId",
            "tickets",
            "paymentMethod",
            "contact"
        ]
    );
}

#[test]
fn each_wrong_field_is_named_by_its_json_path() {
    type Change = fn(&mut CreateOrderRequest);
    let table: [(&str, Change); 25] = [
        ("organizationId", |m| m.organization_id = "x".repeat(129)),
        ("userId", |m| m.user_id = "an n".into()),
        ("eventId", |m| m.event_id = "opéra".into()),
        ("tickets", |m| m.tickets.clear()),
        ("tickets", |m| {
            m.tickets = (0..51).map(|n| ticket(&format!("A{n}"))).collect()
        }),
        ("tickets[1].seatId", |m| m.tickets[1].seat_id.clear()),
        ("tickets[1].seatId", |m| m.tickets[1].seat_id = "A1".into()),
        ("tickets[0].holderName", |m| {
            m.tickets[0].holder_name = "x".repeat(201)
        }),
        ("tickets[0].holderName", |m| {
            m.tickets[0].holder_name = "a\0".into()
        }),
        ("paymentMethod", |m| m.payment_method = None),
        ("paymentMethod.type", |m| {
            m.payment_method = Some(PaymentMethod {
                r#type: String::new(),
                token: "t".into(),
            })
        }),
        ("paymentMethod.token", |m| {
            m.payment_method = Some(PaymentMethod {
                r#type: "card".into(),
                token: String::new(),
            })
        }),
        ("contact", |m| m.contact = None),
        ("contact", |m| m.contact = Some(Contact::default())),
        ("contact.email", |m| {
            m.contact.get_or_insert_default().email = "ann".into()
        }),
        ("contact.phone", |m| {
            m.contact.get_or_insert_default().phone = "x".into()
        }),
        ("expectedTotal", |m| m.expected_total = usd(-1, 0)),
        ("expectedTotal", |m| m.expected_total = usd(0, 1)),
        ("expectedTotal", |m| m.expected_total = usd(1, -10_000_000)),
        ("expectedTotal", |m| m.expected_total = usd(i64::MAX, 0)),
        ("expectedTotal", |m| m.expected_total = money("usd", 1, 0)),
        ("expectedTotal", |m| {
            m.expected_total = money("JPY", 0, 500_000_000)
        }),
        ("returnUrl", |m| m.return_url = "javascript:alert(1)".into()),
        ("metadata[\"\"]", |m| {
            m.metadata = BTreeMap::from([(String::new(), "x".into())])
        }),
        ("wait", |m| {
            m.wait = Some(prost_types::Duration {
                seconds: 301,
                nanos: 0,
            })
        }),
    ];
    for (row, (field, change)) in table.into_iter().enumerate() {
        let named = refused(change);
        assert!(
            !named.is_empty() && named.iter().all(|name| name == field),
            "row {row}: {named:?}"
        );
    }
}

#[test]
fn rules_of_the_proto_and_rules_across_fields_are_reported_together() {
    let named = refused(|m| {
        m.user_id.clear();
        m.tickets[1].seat_id = "A1".into();
        m.contact = Some(Contact::default());
        m.expected_total = usd(0, 1);
    });
    assert_eq!(
        named,
        ["userId", "tickets[1].seatId", "contact", "expectedTotal"]
    );
}

#[test]
fn metadata_has_limits() {
    let pairs = (0..51).map(|n| (n.to_string(), String::new()));
    assert_eq!(refused(|m| m.metadata = pairs.collect()), ["metadata"]);
    let long = BTreeMap::from([("a_key".to_owned(), "x".repeat(501))]);
    assert_eq!(refused(|m| m.metadata = long), ["metadata[\"a_key\"]"]);
}

#[test]
fn an_id_that_is_no_uuid_is_named() {
    for order_id in ["", "x", "0190a5d67c2b70008000012345678900"] {
        let message = GetOrderRequest {
            order_id: order_id.into(),
        };
        assert_eq!(fields(get_order(&message)), ["orderId"], "{order_id}");
    }
    let upper = GetOrderRequest {
        order_id: "0190A5D6-7C2B-7000-8000-0123456789AB".into(),
    };
    let order_id = get_order(&upper).expect("upper case is accepted");
    assert_eq!(order_id.to_string(), "0190a5d6-7c2b-7000-8000-0123456789ab");
}

#[test]
fn a_list_needs_its_tenant_and_refuses_what_no_filter_can_be() {
    type Change = fn(&mut ListOrdersRequest);
    let table: [(&str, Change); 6] = [
        ("organizationId", |m| m.organization_id.clear()),
        ("userId", |m| m.user_id = "a b".into()),
        ("pageSize", |m| m.page_size = -1),
        ("states[0]", |m| m.states = vec![99]),
        ("createTimeAfter", |m| {
            m.create_time_after = Some(prost_types::Timestamp {
                seconds: 0,
                nanos: -1,
            })
        }),
        ("pageToken", |m| m.page_token = "x".repeat(2049)),
    ];
    for (field, change) in table {
        let mut message = ListOrdersRequest {
            organization_id: "org-1".into(),
            ..Default::default()
        };
        change(&mut message);
        let named = fields(list_orders(&message));
        assert!(named.iter().all(|name| name == field), "{field}: {named:?}");
    }
}

#[test]
fn sagas_are_listed_with_any_filter_or_none() {
    let filter = list_sagas(&ListSagasRequest::default()).expect("none is fine");
    assert_eq!(filter, crate::domain::SagaFilter::default());
    let message = ListSagasRequest {
        order_id: "x".into(),
        page_size: -1,
        ..Default::default()
    };
    let mut named = fields(list_sagas(&message));
    named.sort_unstable();
    assert_eq!(named, ["orderId", "pageSize"]);
}

#[test]
fn elements_of_a_list_that_is_too_long_are_not_checked() {
    let mut request = right();
    request.tickets = vec![TicketRequest::default(); 300_000];
    request.user_id = String::new();
    assert_eq!(fields(create_order(request)), ["userId", "tickets"]);
    let mut request = right();
    for pair in 0..100_000 {
        request
            .metadata
            .insert(format!("{pair} {}", "x".repeat(50)), String::new());
    }
    assert_eq!(fields(create_order(request)), ["metadata"]);
    let refund = order_proto::order::v1::RefundOrderRequest {
        order_id: uuid::Uuid::now_v7().to_string(),
        seat_ids: vec![String::new(); 300_000],
        ..Default::default()
    };
    assert_eq!(fields(refund_order(refund)), ["seatIds"]);
    let list = ListOrdersRequest {
        organization_id: "org-1".into(),
        states: vec![-1; 300_000],
        ..Default::default()
    };
    assert_eq!(fields(list_orders(&list)), ["states"]);
    let list = ListSagasRequest {
        states: vec![-1; 300_000],
        ..Default::default()
    };
    assert_eq!(fields(list_sagas(&list)), ["states"]);
}
