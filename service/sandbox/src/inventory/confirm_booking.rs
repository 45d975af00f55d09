//! `ConfirmBooking`: turns a hold into a booking, one per order. Refused once the hold ended, or after its undo.

use order_proto::inventory::v1::{self as wire, ConfirmBookingRequest};

use super::{Booking, Change, HOLD_INVALID, Hold, State};
use crate::rpc::{Attempt, Decision, Existing, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for ConfirmBookingRequest {
    type Answer = wire::Booking;
    type Record<'w> = &'w Hold;
    const METHOD: Method = Method::ConfirmBooking;

    fn find<'w>(&self, world: &'w World) -> Result<Found<&'w Hold, wire::Booking>, Refusal> {
        let inventory = &world.inventory;
        let hold = inventory
            .bound(&self.order_id, &self.hold_id)
            .filter(|_| !self.hold_id.is_empty())
            .ok_or_else(|| {
                Refusal::failed_precondition(HOLD_INVALID, "the order has no such hold")
            })?;
        Ok(match &hold.booking {
            Some(booking) => Found::Exists(existing(hold, booking)),
            None if inventory.order(&self.order_id).booking_undone => {
                Found::Undone("the order was undone before it was booked")
            }
            None => Found::Ready(hold),
        })
    }

    fn act(&self, hold: &Hold, attempt: Attempt) -> Result<Decision<wire::Booking>, Refusal> {
        match hold.state(attempt.now) {
            State::Expired => {
                return Err(Refusal::failed_precondition(
                    HOLD_INVALID,
                    "the hold expired",
                ));
            }
            State::Released => {
                return Err(Refusal::failed_precondition(
                    HOLD_INVALID,
                    "the hold was given back",
                ));
            }
            State::Held | State::Booked => {}
        }
        let seats = self.tickets.iter().map(|ticket| ticket.seat_id.as_str());
        if !hold.has_exactly(seats) {
            let message = "there must be one ticket per held seat";
            return Err(Refusal::failed_precondition("TICKETS_MISMATCH", message));
        }
        let hold = Hold {
            booking: Some(Booking {
                content: attempt.content,
                cancelled: Vec::new(),
            }),
            ..hold.clone()
        };
        let answer = hold.booked();
        let change = world::Change::Inventory(Change::Hold(hold));
        Ok(Decision::done(vec![change], answer))
    }
}

/// The order's one booking; a hold with a booking is released only by cancelling the whole booking.
fn existing(hold: &Hold, booking: &Booking) -> Existing<wire::Booking> {
    let cancelled = hold.released.is_some();
    Existing {
        content: booking.content,
        answer: hold.booked(),
        unusable: cancelled.then(|| Refusal::undone("the order's booking was cancelled")),
        different: Refusal::failed_precondition(
            "BOOKING_EXISTS",
            "the order is already booked, by another request",
        ),
    }
}
