//! Bookings: one per order, cancelled seat by seat, refused after their undo.

use order_proto::inventory::v1::{Booking, CancelBookingRequest, HoldState};
use order_proto::sandbox::v1::SoldSeatState;

use super::harness::{Server, acting, refusal};

fn seats(booking: &Booking) -> Vec<&str> {
    let tickets = booking.tickets.iter();
    tickets.map(|ticket| ticket.seat_id.as_str()).collect()
}

#[tokio::test]
async fn a_booking_has_one_ticket_per_seat_and_outlives_its_hold() {
    let server = Server::start().await;
    let order = server.order("o");
    let booking = order.book(&["A1", "A2"]).await;
    assert_eq!(seats(&booking), ["A1", "A2"]);
    assert_ne!(booking.tickets[0].ticket_id, booking.tickets[1].ticket_id);
    let hold = order.get_hold().await.expect("it is known");
    assert_eq!(hold.state(), HoldState::Booked);
    let sold = server.totals("o").await.seats;
    assert!(
        sold.iter()
            .all(|seat| seat.state() == SoldSeatState::Booked)
    );
    assert_eq!(sold.len(), 2);
}

#[tokio::test]
async fn a_booked_hold_is_not_released() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1"]).await;
    assert_eq!(refusal(order.release("undo", "").await), "HOLD_BOOKED");
    assert_eq!(server.totals("o").await.seats.len(), 1);
}

#[tokio::test]
async fn tickets_that_differ_from_the_held_seats_are_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let hold = order
        .hold("hold", &["A1", "A2"])
        .await
        .expect("they are free");
    for wrong in [
        &["A1"][..],
        &["A1", "A1"],
        &["A1", "A3"],
        &["A1", "A2", "A3"],
    ] {
        let reason = refusal(order.confirm("confirm", &hold.hold_id, wrong).await);
        assert_eq!(reason, "TICKETS_MISMATCH");
    }
}

#[tokio::test]
async fn a_hold_of_another_order_or_an_unknown_hold_is_not_booked() {
    let server = Server::start().await;
    let hold = server.order("owner").hold("hold", &["A1"]).await;
    let hold_id = hold.expect("the seat is free").hold_id;
    let other = server.order("other");
    for hold_id in [hold_id.as_str(), "hold_none", ""] {
        let reason = refusal(other.confirm("confirm", hold_id, &["A1"]).await);
        assert_eq!(reason, "HOLD_INVALID");
    }
}

#[tokio::test]
async fn under_another_key_the_same_booking_is_answered_and_a_different_one_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let booking = order.book(&["A1", "A2"]).await;
    let hold_id = order.hold_id();
    let same = order.confirm("again", &hold_id, &["A1", "A2"]).await;
    assert_eq!(same.expect("it is the same"), booking);
    let other = order.confirm("other", &hold_id, &["A2", "A1"]).await;
    assert_eq!(refusal(other), "BOOKING_EXISTS");
}

#[tokio::test]
async fn a_cancelled_seat_is_free_again_and_the_others_stay_booked() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1", "A2"]).await;
    let left = order.cancel("cancel", &["A1"]).await.expect("it is booked");
    assert_eq!(seats(&left), ["A2"]);
    let again = order
        .cancel("cancel", &["A1"])
        .await
        .expect("it is repeated");
    assert_eq!(seats(&again), ["A2"]);
    let other_key = order.cancel("other", &["A1"]).await.expect("it is done");
    assert_eq!(seats(&other_key), ["A2"]);
    server
        .order("next")
        .hold("hold", &["A1"])
        .await
        .expect("it is free again");
    let repeated = order
        .confirm("confirm", &order.hold_id(), &["A1", "A2"])
        .await;
    assert_eq!(seats(&repeated.expect("its own key is answered")), ["A2"]);
}

#[tokio::test]
async fn a_cancel_without_seats_cancels_the_whole_booking() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1", "A2"]).await;
    order.cancel("some", &["A1"]).await.expect("it is booked");
    let none = order.cancel("all", &[]).await.expect("it is booked");
    assert!(none.tickets.is_empty());
    let hold = order.get_hold().await.expect("it is known");
    assert_eq!(hold.state(), HoldState::Released);
    order
        .release("undo", "")
        .await
        .expect("it is already released");
    let late = order.confirm("late", &order.hold_id(), &["A1", "A2"]).await;
    assert_eq!(refusal(late), "UNDONE");
    assert!(server.totals("").await.seats.is_empty());
}

#[tokio::test]
async fn a_repeated_partial_cancel_never_cancels_a_second_seat() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1", "A2", "A3"]).await;
    order.cancel("one", &["A1"]).await.expect("it is booked");
    order.cancel("two", &["A2"]).await.expect("it is booked");
    let current = order.cancel("one", &["A1"]).await.expect("it is repeated");
    assert_eq!(seats(&current), ["A3"]);
}

#[tokio::test]
async fn a_seat_that_was_never_booked_is_not_cancelled() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1"]).await;
    assert_eq!(
        refusal(order.cancel("cancel", &["A2"]).await),
        "SEAT_NOT_BOOKED"
    );
}

#[tokio::test]
async fn a_booking_that_arrives_after_its_undo_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let hold = order.hold("hold", &["A1"]).await.expect("the seat is free");
    let undone = order.cancel("undo", &[]).await.expect("an undo succeeds");
    assert_eq!(undone, Booking::default());
    let late = order.confirm("confirm", &hold.hold_id, &["A1"]).await;
    assert_eq!(refusal(late), "UNDONE");
    let held = order.get_hold().await.expect("it is known");
    assert_eq!(held.state(), HoldState::Held);
}

#[tokio::test]
async fn a_cancel_of_another_orders_booking_changes_nothing() {
    let server = Server::start().await;
    let (owner, other) = (server.order("owner"), server.order("other"));
    let booking = owner.book(&["A1"]).await;
    other.book(&["B1"]).await;
    let request = CancelBookingRequest {
        booking_id: booking.booking_id,
        order_id: "other".into(),
        seat_ids: Vec::new(),
        idempotency_key: "other/undo".into(),
    };
    let mut inventory = other.inventory();
    let answer = inventory.cancel_booking(acting("other/undo", request));
    let answer = answer.await.expect("an undo succeeds").into_inner();
    assert_eq!(answer, Booking::default());
    assert_eq!(server.totals("").await.seats.len(), 2);
}
