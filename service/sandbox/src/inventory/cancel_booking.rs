//! `CancelBooking`: gives booked seats back, some or all; also the undo of ConfirmBooking. Acts only on the order's own
//! booking; else succeeds, and leaves a mark.

use order_proto::inventory::v1::{self as wire, CancelBookingRequest};

use super::{Booking, Change, Hold, InOrder};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for CancelBookingRequest {
    type Answer = wire::Booking;
    const METHOD: Method = Method::CancelBooking;

    fn call(&self) -> Call<'_> {
        Call::Acts {
            key: &self.idempotency_key,
        }
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn keyless(mut self) -> Self {
        self.idempotency_key.clear();
        self
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<wire::Booking> {
        let inventory = &world.inventory;
        let booked = inventory
            .of_order(&self.order_id)
            .filter(|hold| self.booking_id.is_empty() || self.booking_id == hold.booking_id())
            .and_then(|hold| Some((hold, hold.booking.as_ref()?)));
        match booked {
            None => mark(&self.order_id, inventory.order(&self.order_id)),
            Some((hold, _)) if asked.repeated => Decision::stands(hold.booked()),
            Some((hold, booking)) => cancel(self, hold, booking, asked),
        }
    }
}

/// Takes seats out of a booking.
fn cancel(
    request: &CancelBookingRequest,
    hold: &Hold,
    booking: &Booking,
    asked: Asked,
) -> Decision<wire::Booking> {
    if let Some(stranger) = request
        .seat_ids
        .iter()
        .find(|id| !hold.seat_ids.contains(id))
    {
        let message = format!("the booking never had seat {stranger}");
        return Decision::refused(Refusal::no("SEAT_NOT_BOOKED", message));
    }
    let all = request.seat_ids.is_empty();
    let leaving: Vec<String> = hold
        .taken_seats()
        .filter(|seat_id| all || request.seat_ids.iter().any(|named| named == seat_id))
        .map(str::to_owned)
        .collect();
    if leaving.is_empty() {
        return Decision::stands(hold.booked());
    }
    let cancelled: Vec<String> = booking.cancelled.iter().cloned().chain(leaving).collect();
    let none_left = cancelled.len() == hold.seat_ids.len();
    let hold = Hold {
        released: none_left.then_some(asked.now),
        booking: Some(Booking {
            content: booking.content,
            cancelled,
        }),
        ..hold.clone()
    };
    let answer = hold.booked();
    let change = world::Change::Inventory(Change::Hold(hold));
    Decision::done(vec![change], answer)
}

/// Nothing of this order is booked: it stays so.
fn mark(order_id: &str, order: InOrder) -> Decision<wire::Booking> {
    let answer = wire::Booking::default();
    if order.booking_undone {
        return Decision::stands(answer);
    }
    let change = Change::Order {
        order_id: order_id.to_owned(),
        order: InOrder {
            booking_undone: true,
            ..order
        },
    };
    Decision::done(vec![world::Change::Inventory(change)], answer)
}
