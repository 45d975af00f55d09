//! Successful bookings over each protocol, and the participants' data afterwards.

use order_proto::order::v1::{Order, OrderState, PaymentState};
use order_tests::booking::key;
use order_tests::promises::{self, amount};
use order_tests::{Backend, Booking, Stack, on_both_backends, web};
use serde_json::json;

on_both_backends!(
    a_good_card_books_the_seats_and_pays_once,
    the_gateway_books_in_canonical_json,
    a_browser_books_by_grpc_web,
    an_order_is_found_again_by_its_id_in_either_case,
    prices_come_from_inventory_in_the_currency_of_the_event,
    fee_and_tax_are_added_to_the_total,
    a_seat_is_sold_once,
    another_total_than_expected_fails_the_order,
);

async fn a_good_card_books_the_seats_and_pays_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_seats(3);
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(
        order.payment.as_ref().map(|payment| payment.state()),
        Some(PaymentState::Captured)
    );
    assert!(
        !order.hold_id.is_empty() && !order.booking_id.is_empty(),
        "{order:?}"
    );
    assert!(
        order
            .tickets
            .iter()
            .all(|ticket| !ticket.ticket_id.is_empty()),
        "{order:?}"
    );
    promises::are_delivered(&stack, &order, 3).await;
}

async fn the_gateway_books_in_canonical_json(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new();
    let mut body = booking.json();
    body["metadata"] = json!({"b": "2", "a": "1"});
    let order = stack.api().create(&key(), &body).await.ok();
    assert_eq!(order["state"], "ORDER_STATE_CONFIRMED", "{order}");
    assert_eq!(
        order["total"],
        json!({"currencyCode": "USD", "units": "50"}),
        "{order}"
    );
    assert_eq!(order["metadata"], json!({"a": "1", "b": "2"}));
    assert_eq!(order["tickets"][0]["seatId"], booking.seat_ids[0].as_str());
    assert!(
        order["createTime"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{order}"
    );
    assert_eq!(order["payment"]["methodType"], "card");
    let id = order["orderId"].as_str().expect("an id").to_owned();
    assert_eq!(
        stack.api().get(&format!("/v1/orders/{id}")).await.ok(),
        order
    );
    promises::hold(&stack, &id).await;
}

async fn a_browser_books_by_grpc_web(backend: Backend) {
    let stack = Stack::on(backend).await;
    let path = "/order.v1.OrderService/CreateOrder";
    let (address, key, request) = (stack.address(0), key(), Booking::new().proto());
    let answer = web::call::<Order>(&address, path, Some(&key), &request).await;
    assert!(answer.trailers.contains("grpc-status:0"), "{answer:?}");
    assert_eq!(answer.messages.len(), 1, "{answer:?}");
    assert_eq!(
        answer.messages[0].state(),
        OrderState::Confirmed,
        "{answer:?}"
    );
    promises::hold(&stack, &answer.messages[0].order_id).await;
}

async fn an_order_is_found_again_by_its_id_in_either_case(backend: Backend) {
    let stack = Stack::on(backend).await;
    let made = stack.book(&Booking::new()).await;
    assert_eq!(made.order_id, made.order_id.to_lowercase());
    let found = stack.order(&made.order_id.to_uppercase()).await;
    assert_eq!(found, made);
}

async fn prices_come_from_inventory_in_the_currency_of_the_event(backend: Backend) {
    let stack = Stack::on(backend).await;
    for (event, code) in [
        ("ga-opera-jpy", "JPY"),
        ("ga-opera-kwd", "KWD"),
        ("ga-opera", "USD"),
    ] {
        let mut booking = Booking::new().with_seats(2);
        event.clone_into(&mut booking.event_id);
        let order = stack.book(&booking).await;
        assert_eq!(order.state(), OrderState::Confirmed, "{event}: {order:?}");
        let total = order.total.clone().expect("a confirmed order has a total");
        assert_eq!(
            (total.currency_code.as_str(), total.units, total.nanos),
            (code, 100, 0),
            "{event}"
        );
        promises::hold(&stack, &order.order_id).await;
    }
}

async fn fee_and_tax_are_added_to_the_total(backend: Backend) {
    let setup = order_tests::Setup::on(backend);
    let stack = setup
        .with("BOOKING_FEE", "USD:1.25,JPY:100")
        .with("TAX_BPS", 725)
        .start()
        .await;
    let order = stack.book(&Booking::new().with_seats(2)).await;
    let cents = |units: i128, cents: i128| units * 1_000_000_000 + cents * 10_000_000;
    assert_eq!(amount(order.subtotal.as_ref()), cents(100, 0));
    assert_eq!(amount(order.booking_fee.as_ref()), cents(2, 50));
    assert_eq!(amount(order.tax.as_ref()), cents(7, 25));
    assert_eq!(amount(order.total.as_ref()), cents(109, 75));
    promises::hold(&stack, &order.order_id).await;
}

async fn a_seat_is_sold_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new();
    let first = stack.book(&booking).await;
    let second = stack.book(&booking).await;
    assert_ne!(
        first.order_id, second.order_id,
        "without a key each request is a new one"
    );
    assert_eq!(first.state(), OrderState::Confirmed, "{first:?}");
    assert_eq!(second.state(), OrderState::Failed, "{second:?}");
    assert_eq!(
        second.failure.map(|failure| failure.reason).as_deref(),
        Some("SEATS_UNAVAILABLE")
    );
    promises::hold(&stack, &first.order_id).await;
    promises::hold(&stack, &second.order_id).await;
}

async fn another_total_than_expected_fails_the_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let mut body = Booking::new().json();
    body["expectedTotal"] = json!({"currencyCode": "USD", "units": "49", "nanos": 990_000_000});
    let order = stack.api().post("/v1/orders", &body).await.ok();
    assert_eq!(order["state"], "ORDER_STATE_FAILED", "{order}");
    assert_eq!(order["failure"]["reason"], "PRICE_CHANGED", "{order}");
    promises::hold(&stack, order["orderId"].as_str().expect("an id")).await;
    body["expectedTotal"] = json!({"currencyCode": "USD", "units": "50"});
    assert_eq!(
        stack.api().post("/v1/orders", &body).await.ok()["state"],
        "ORDER_STATE_CONFIRMED"
    );
}
