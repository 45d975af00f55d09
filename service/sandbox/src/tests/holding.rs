//! Holds: all seats or none, one hold per order, adopted by one order, released once.

use order_proto::inventory::v1::{HoldState, SeatState};

use super::harness::{Server, code, eventually, refusal, usd};

#[tokio::test]
async fn a_hold_is_answered_with_its_seats_labels_and_prices() {
    let server = Server::start().await;
    let order = server.order("o");
    let hold = order
        .hold("hold", &["B7", "A1"])
        .await
        .expect("they are free");
    assert_eq!(hold.hold_id, order.hold_id());
    assert_eq!(hold.seats[0].seat_id, "B7");
    assert_eq!(hold.seats[0].seat_label, "Row B, seat 7");
    assert_eq!(hold.seats[1].price, Some(usd(50)));
    let current = order.get_hold().await.expect("it is known");
    assert_eq!(current.state(), HoldState::Held);
    assert_eq!(current.expire_time, hold.expire_time);
    assert_eq!(current.seat_ids, ["B7", "A1"]);
}

#[tokio::test]
async fn all_requested_seats_are_held_or_none() {
    let server = Server::start().await;
    server
        .order("first")
        .hold("hold", &["A1"])
        .await
        .expect("it is free");
    for taken in [&["A2", "A1"], &["A2", "A100"]] {
        let reason = refusal(server.order("second").hold("hold", taken).await);
        assert_eq!(reason, "SEATS_UNAVAILABLE");
    }
    let second = server.order("second").hold("hold", &["A2"]).await;
    second.expect("the other seat is free");
}

#[tokio::test]
async fn a_booked_seat_cannot_be_held() {
    let server = Server::start().await;
    server.order("first").book(&["A1"]).await;
    let reason = refusal(server.order("second").hold("hold", &["A1"]).await);
    assert_eq!(reason, "SEATS_UNAVAILABLE");
}

#[tokio::test]
async fn a_general_admission_event_accepts_any_seat_in_its_currency() {
    let server = Server::start().await;
    let order = server.order("o").at("ga-opera-jpy");
    assert!(server.seat_map("ga-opera-jpy").await.is_empty());
    let hold = order
        .hold("hold", &["lawn 12"])
        .await
        .expect("any seat is accepted");
    let price = hold.seats[0].price.as_ref().expect("it costs something");
    assert_eq!((price.currency_code.as_str(), price.units), ("JPY", 50));
    let seats = server.seat_map("ga-opera-jpy").await;
    assert_eq!(seats.len(), 1);
    assert_eq!(
        (seats[0].seat_id.as_str(), seats[0].state()),
        ("lawn 12", SeatState::Held)
    );
}

#[tokio::test]
async fn the_seat_map_shows_free_held_and_booked_seats() {
    let server = Server::start().await;
    server
        .order("held")
        .hold("hold", &["A1"])
        .await
        .expect("it is free");
    server.order("booked").book(&["Z99"]).await;
    let seats = server.seat_map("opera").await;
    assert_eq!(seats.len(), 26 * 99);
    let state = |id: &str| {
        let seat = seats.iter().find(|seat| seat.seat_id == id);
        seat.expect("the hall has it").state()
    };
    assert_eq!(state("A1"), SeatState::Held);
    assert_eq!(state("A2"), SeatState::Free);
    assert_eq!(state("Z99"), SeatState::Booked);
}

#[tokio::test]
async fn a_hold_expires_by_the_clock_of_the_sandbox_and_frees_its_seats() {
    let server = Server::start().await;
    let first = server.order("first");
    let mut request = first.hold_request("hold", &["A1"]);
    request.hold_duration = Some(prost_types::Duration {
        seconds: 0,
        nanos: 50_000_000,
    });
    let hold = first.send_hold(request).await.expect("the seat is free");
    let second = server.order("second");
    eventually("the hold's expiry", async || {
        second.hold("hold", &["A1"]).await.ok()
    })
    .await;
    let current = first.get_hold().await.expect("it is known");
    assert_eq!(current.state(), HoldState::Expired);
    let reason = refusal(first.confirm("confirm", &hold.hold_id, &["A1"]).await);
    assert_eq!(reason, "HOLD_INVALID");
    let undone = first.release("undo", "").await.expect("an undo succeeds");
    assert_eq!(undone.state(), HoldState::Released);
    let sold = server.totals("").await.seats;
    assert_eq!(sold.len(), 1);
    assert_eq!(sold[0].order_id, "second");
}

#[tokio::test]
async fn under_another_key_the_same_hold_is_answered_and_a_different_one_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let first = order.hold("one", &["A1"]).await.expect("the seat is free");
    assert_eq!(
        order.hold("two", &["A1"]).await.expect("it is the same"),
        first
    );
    assert_eq!(refusal(order.hold("three", &["A2"]).await), "HOLD_EXISTS");
    assert_eq!(server.totals("o").await.seats.len(), 1);
}

#[tokio::test]
async fn a_released_hold_frees_its_seats_for_good() {
    let server = Server::start().await;
    let order = server.order("o");
    let hold = order.hold("hold", &["A1"]).await.expect("the seat is free");
    let released = order
        .release("undo", &hold.hold_id)
        .await
        .expect("it is held");
    assert_eq!(released.state(), HoldState::Released);
    let again = order
        .release("undo", &hold.hold_id)
        .await
        .expect("it is repeated");
    assert_eq!(again.state(), HoldState::Released);
    server
        .order("other")
        .hold("hold", &["A1"])
        .await
        .expect("it is free again");
    assert_eq!(refusal(order.hold("late", &["A1"]).await), "UNDONE");
    let current = order
        .hold("hold", &["A1"])
        .await
        .expect("its own key is answered");
    let end = |hold: &order_proto::inventory::v1::HoldSeatsResponse| {
        hold.expire_time.expect("it ends").seconds
    };
    assert!(
        end(&current) < end(&hold),
        "the expiry is that of a hold that was not released"
    );
    let reason = refusal(order.confirm("confirm", &hold.hold_id, &["A1"]).await);
    assert_eq!(reason, "HOLD_INVALID");
}

#[tokio::test]
async fn a_hold_that_arrives_after_its_undo_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    assert_eq!(code(order.get_hold().await), tonic::Code::NotFound);
    let undone = order.release("undo", "").await.expect("an undo succeeds");
    assert_eq!(
        (undone.hold_id.as_str(), undone.state()),
        ("", HoldState::Released)
    );
    assert_eq!(refusal(order.hold("hold", &["A1"]).await), "UNDONE");
    let current = order.get_hold().await.expect("the mark is known");
    assert_eq!(current.state(), HoldState::Released);
}

#[tokio::test]
async fn a_release_of_another_orders_hold_changes_no_hold_and_leaves_a_mark() {
    let server = Server::start().await;
    let (owner, other) = (server.order("owner"), server.order("other"));
    let hold = owner.hold("hold", &["A1"]).await.expect("the seat is free");
    other
        .release("undo", &hold.hold_id)
        .await
        .expect("an undo succeeds");
    let current = owner.get_hold().await.expect("it is known");
    assert_eq!(current.state(), HoldState::Held);
    assert_eq!(refusal(other.hold("hold", &["A2"]).await), "UNDONE");
}

#[tokio::test]
async fn a_buyers_own_hold_is_adopted_by_one_order_only() {
    let server = Server::start().await;
    let buyer = server.order("cart");
    let hold = buyer
        .hold("hold", &["A1", "A2"])
        .await
        .expect("they are free");
    let order = server.order("o");
    let adopted = order.adopt("hold", &hold.hold_id, &["A2", "A1"]).await;
    let adopted = adopted.expect("it matches");
    assert_eq!(adopted, hold);
    assert_eq!(order.get_hold().await.expect("it is bound").order_id, "o");
    let second = server.order("second");
    let reason = refusal(second.adopt("hold", &hold.hold_id, &["A1", "A2"]).await);
    assert_eq!(reason, "HOLD_INVALID");
    buyer.release("undo", "").await.expect("an undo succeeds");
    let current = order.get_hold().await.expect("it is bound");
    assert_eq!(current.state(), HoldState::Held);
    let booking = order.confirm("confirm", &hold.hold_id, &["A1", "A2"]).await;
    assert_eq!(booking.expect("the hold is valid").tickets.len(), 2);
}

#[tokio::test]
async fn an_adopted_hold_is_given_back_to_its_buyer() {
    let server = Server::start().await;
    let hold = server.order("cart").hold("hold", &["A1"]).await;
    let hold = hold.expect("it is free");
    let order = server.order("o");
    let adopted = order.adopt("hold", &hold.hold_id, &["A1"]).await;
    adopted.expect("it matches");
    for _ in 0..2 {
        let kept = order.unbind("undo", &hold.hold_id).await;
        assert_ne!(kept.expect("it succeeds").order_id, "cart");
        let of_order = order.get_hold().await.expect("it was bound");
        assert_eq!(of_order.state(), HoldState::Released);
    }
    let taken = server.order("stranger").hold("hold", &["A1"]).await;
    assert_eq!(refusal(taken), "SEATS_UNAVAILABLE");
    assert_eq!(
        refusal(order.adopt("again", &hold.hold_id, &["A1"]).await),
        "HOLD_INVALID"
    );
    let second = server.order("second");
    let again = second.adopt("hold", &hold.hold_id, &["A1"]).await;
    assert_eq!(
        again.expect("it is the buyer's").expire_time,
        hold.expire_time
    );
    let own = server.order("own");
    let made = own.hold("hold", &["A2"]).await.expect("it is free");
    let kept = own.unbind("undo", &made.hold_id).await;
    assert_eq!(refusal(kept), "HOLD_NOT_ADOPTED");
}

#[tokio::test]
async fn a_hold_that_does_not_match_or_does_not_exist_is_not_adopted() {
    let server = Server::start().await;
    let buyer = server.order("cart");
    let hold = buyer
        .hold("hold", &["A1", "A2"])
        .await
        .expect("they are free");
    let order = server.order("o");
    let asked = {
        let mut request = order.hold_request("hold", &["A1", "A2"]);
        request.hold_id = hold.hold_id.clone();
        request
    };
    let mut wrong = vec![asked.clone(); 5];
    wrong[0].organization_id = "other".into();
    wrong[1].event_id = "ballet".into();
    wrong[2].user_id = "bob".into();
    wrong[3].seat_ids.pop();
    wrong[4].hold_id = "hold_none".into();
    for request in wrong {
        assert_eq!(refusal(order.send_hold(request).await), "HOLD_INVALID");
    }
    buyer.release("undo", "").await.expect("it is held");
    assert_eq!(refusal(order.send_hold(asked).await), "HOLD_INVALID");
}

#[tokio::test]
async fn a_hold_without_seats_a_seat_named_twice_or_no_duration_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    assert_eq!(refusal(order.hold("hold", &[]).await), "REQUEST_INVALID");
    let twice = order.hold("hold", &["A1", "A1"]).await;
    assert_eq!(refusal(twice), "REQUEST_INVALID");
    let mut request = order.hold_request("hold", &["A1"]);
    request.hold_duration = None;
    assert_eq!(refusal(order.send_hold(request).await), "REQUEST_INVALID");
}
