//! `ConfirmBooking`: makes a hold a booking, one per order. Refused once the hold ended, or after an undo.

use order_proto::inventory::v1::{self as wire, ConfirmBookingRequest};

use super::{Booking, Change, HOLD_INVALID, Hold, State};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for ConfirmBookingRequest {
    type Answer = wire::Booking;
    const METHOD: Method = Method::ConfirmBooking;

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
        let bound = inventory
            .bound(&self.order_id, &self.hold_id)
            .filter(|_| !self.hold_id.is_empty());
        let Some(hold) = bound else {
            return refused(HOLD_INVALID, "the order has no such hold");
        };
        if let Some(booking) = &hold.booking {
            return again(hold, booking, asked);
        }
        if inventory.order(&self.order_id).booking_undone {
            return refused("UNDONE", "the order was undone before it was booked");
        }
        match hold.state(asked.now) {
            State::Expired => return refused(HOLD_INVALID, "the hold expired"),
            State::Released => return refused(HOLD_INVALID, "the hold was given back"),
            State::Held | State::Booked => {}
        }
        if !hold.keeps(self.tickets.iter().map(|ticket| ticket.seat_id.as_str())) {
            return refused("TICKETS_MISMATCH", "there must be one ticket per held seat");
        }
        let hold = Hold {
            booking: Some(Booking {
                content: asked.content,
                cancelled: Vec::new(),
            }),
            ..hold.clone()
        };
        let answer = hold.booked();
        let change = world::Change::Inventory(Change::Hold(hold));
        Decision::done(vec![change], answer)
    }
}

/// The order has had its one booking.
fn again(hold: &Hold, booking: &Booking, asked: Asked) -> Decision<wire::Booking> {
    if asked.repeated {
        Decision::stands(hold.booked())
    } else if hold.released.is_some() {
        refused("UNDONE", "the order's booking was cancelled")
    } else if booking.content == asked.content {
        Decision::stands(hold.booked())
    } else {
        refused(
            "BOOKING_EXISTS",
            "the order is already booked, by another request",
        )
    }
}

fn refused(reason: &'static str, message: &str) -> Decision<wire::Booking> {
    Decision::refused(Refusal::no(reason, message))
}
