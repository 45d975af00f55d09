//! Refunds that `RefundOrder` refuses, and the limits that concurrent refunds keep.

use order_proto::google::r#type::Money;
use order_proto::order::v1::{Order, RefundOrderRequest, RefundState};
use order_tests::booking::key;
use order_tests::promises::{self, amount};
use order_tests::refund::{
    UNIT, ask, code_and_reason, confirmed, of_amount, of_seats, refund, request, usd,
};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Stack, on_both_backends};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

on_both_backends!(
    an_invalid_refund_is_refused_with_field_and_reason,
    refunds_at_once_never_exceed_what_was_captured,
    one_seat_is_refunded_once,
    a_refund_is_made_once_under_its_key,
);

async fn an_invalid_refund_is_refused_with_field_and_reason(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    let order = refund(&stack, of_seats(&order, &[1])).await;
    let yen = Some(Money {
        currency_code: "JPY".to_owned(),
        units: 10,
        nanos: 0,
    });
    let stranger = RefundOrderRequest {
        seat_ids: vec!["Z99".to_owned()],
        ..request(&order, 30)
    };
    let last_for_less = RefundOrderRequest {
        amount: usd(1, 0),
        ..of_seats(&order, &[0])
    };
    for (wrong, field) in [
        (of_amount(&order, usd(0, 0)), "amount"),
        (of_amount(&order, usd(-1, 0)), "amount"),
        (of_amount(&order, usd(0, 1)), "amount"),
        (of_amount(&order, yen), "amount"),
        (stranger, "seatIds[0]"),
        (of_seats(&order, &[0, 0]), "seatIds[1]"),
        (of_seats(&order, &[0, 1]), "seatIds[1]"),
        (last_for_less, "amount"),
    ] {
        let shown = format!("{wrong:?}");
        let status = ask(&stack, wrong, &key()).await.expect_err(&shown);
        assert_eq!(
            code_and_reason(&status),
            (Code::InvalidArgument, "VALIDATION_FAILED".to_owned()),
            "{shown}"
        );
        let named = status
            .get_details_bad_request()
            .expect("the error names fields");
        let named: Vec<_> = named.field_violations.iter().map(|v| &v.field).collect();
        assert_eq!(named, [field], "{shown}");
    }
    cannot_be_refunded(&stack, &order).await;
    assert_eq!(promises::hold(&stack, &order.order_id).await, order);
    // An etag is accepted in place of a key.
    let seen = RefundOrderRequest {
        etag: order.etag.clone(),
        ..of_amount(&order, usd(1, 0))
    };
    let fresh = stack.orders().refund_order(seen).await;
    let fresh = fresh.expect("the etag still matches").into_inner();
    assert_eq!(amount(fresh.refunded.as_ref()), 51 * UNIT);
}

/// Refunds with valid fields that are refused for the amount, the key, the etag or the state.
async fn cannot_be_refunded(stack: &Stack, order: &Order) {
    let status = ask(stack, of_amount(order, usd(50, 10_000_000)), &key()).await;
    let status = status.expect_err("the amount exceeds what is left");
    assert_eq!(
        code_and_reason(&status),
        (Code::FailedPrecondition, "REFUND_TOO_LARGE".to_owned())
    );
    assert!(status.message().contains("50.00 USD"), "{status:?}");
    let keyless = stack.orders().refund_order(request(order, 30)).await;
    assert_eq!(
        code_and_reason(&keyless.expect_err("neither key nor etag")),
        (Code::InvalidArgument, "IDEMPOTENCY_KEY_REQUIRED".to_owned())
    );
    let stale = RefundOrderRequest {
        etag: "v1".to_owned(),
        ..request(order, 30)
    };
    let stale = stack.orders().refund_order(stale).await;
    assert_eq!(
        code_and_reason(&stale.expect_err("the order has changed")),
        (Code::Aborted, "ETAG_MISMATCH".to_owned())
    );
    let failed = stack.book(&Booking::new().with_token("tok_declined")).await;
    let status = ask(stack, request(&failed, 30), &key()).await;
    assert_eq!(
        code_and_reason(&status.expect_err("nothing was paid")),
        (Code::FailedPrecondition, "ORDER_STATE_INVALID".to_owned())
    );
}

async fn refunds_at_once_never_exceed_what_was_captured(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    let keys: Vec<String> = (0..10).map(|_| key()).collect();
    let asked = keys
        .iter()
        .map(|key| ask(&stack, of_amount(&order, usd(30, 0)), key));
    let answers = futures::future::join_all(asked).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 3, "{refused:?}");
    for status in refused.into_iter().filter_map(Result::err) {
        assert_eq!(
            code_and_reason(&status),
            (Code::FailedPrecondition, "REFUND_TOO_LARGE".to_owned())
        );
    }
    let order = until("the refunds to be final", SOON, async || {
        let order = stack.order(&order.order_id).await;
        let known =
            |refund: &order_proto::order::v1::OrderRefund| refund.state() == RefundState::Succeeded;
        order.refunds.iter().all(known).then_some(order)
    })
    .await;
    assert_eq!(amount(order.refunded.as_ref()), 90 * UNIT, "{order:?}");
    promises::hold(&stack, &order.order_id).await;
}

async fn one_seat_is_refunded_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    let (one, other) = (key(), key());
    let (first, second) = tokio::join!(
        ask(&stack, of_seats(&order, &[0]), &one),
        ask(&stack, of_seats(&order, &[0]), &other),
    );
    let (taken, refused) = match (first, second) {
        (Ok(taken), Err(refused)) | (Err(refused), Ok(taken)) => (taken, refused),
        both => panic!("one of two is refused: {both:?}"),
    };
    assert_eq!(code_and_reason(&refused).0, Code::InvalidArgument);
    assert_eq!(amount(taken.refunded.as_ref()), 50 * UNIT);
    promises::hold(&stack, &order.order_id).await;
}

async fn a_refund_is_made_once_under_its_key(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    let key = key();
    let asked = (0..6).map(|_| ask(&stack, of_amount(&order, usd(5, 0)), &key));
    let answers = futures::future::join_all(asked).await;
    for status in answers.into_iter().filter_map(Result::err) {
        let in_use = (Code::Aborted, "IDEMPOTENCY_KEY_IN_USE".to_owned());
        assert_eq!(code_and_reason(&status), in_use);
    }
    let api = stack.api();
    let path = format!("/v1/orders/{}:refund", order.order_id);
    let of = |units: i64| {
        let amount = json!({"currencyCode": "USD", "units": units.to_string()});
        let body = json!({"amount": amount, "reason": "the buyer is ill", "wait": "30s"});
        let request = api.request("POST", &path).json(&body);
        api.send(request.header("Idempotency-Key", &key))
    };
    let repeated = of(5).await;
    assert_eq!(repeated.ok()["refunds"].as_array().map(Vec::len), Some(1));
    assert_eq!(repeated.header("idempotent-replayed"), Some("true"));
    assert_eq!(of(5).await.body, repeated.body);
    let other = of(6).await;
    assert_eq!(
        (other.status, other.reason().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED")
    );
    let held = promises::hold(&stack, &order.order_id).await;
    assert_eq!(amount(held.refunded.as_ref()), 5 * UNIT);
}
