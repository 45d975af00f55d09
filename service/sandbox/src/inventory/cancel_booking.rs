//! `CancelBooking`: gives booked seats back, some or all; also the undo of ConfirmBooking. Acts only on the order's own
//! booking; otherwise it succeeds and leaves a mark.

use order_proto::inventory::v1::{self as wire, CancelBookingRequest};

use super::{Booking, Change, Hold, InOrder};
use crate::rpc::{Attempt, Decision, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for CancelBookingRequest {
    type Answer = wire::Booking;
    type Record<'w> = (&'w Hold, &'w Booking);
    const METHOD: Method = Method::CancelBooking;

    fn find<'w>(
        &self,
        world: &'w World,
    ) -> Result<Found<Self::Record<'w>, wire::Booking>, Refusal> {
        let inventory = &world.inventory;
        let booked = inventory
            .of_order(&self.order_id)
            .filter(|hold| self.booking_id.is_empty() || self.booking_id == hold.booking_id())
            .and_then(|hold| Some((hold, hold.booking.as_ref()?)));
        if let Some(record) = booked {
            return Ok(Found::Ready(record));
        }
        let order = inventory.order(&self.order_id);
        Ok(Found::NothingToUndo {
            marked: order.booking_undone,
            mark: world::Change::Inventory(Change::Order {
                order_id: self.order_id.clone(),
                order: InOrder {
                    booking_undone: true,
                    ..order
                },
            }),
            answer: wire::Booking::default(),
        })
    }

    fn act(
        &self,
        (hold, booking): Self::Record<'_>,
        attempt: Attempt,
    ) -> Result<Decision<wire::Booking>, Refusal> {
        if attempt.repeated {
            return Ok(Decision::repeated(hold.booked()));
        }
        let mut named = self.seat_ids.iter();
        if let Some(unknown) = named.find(|id| !hold.seat_ids.contains(id)) {
            let message = format!("the booking never had seat {unknown}");
            return Err(Refusal::failed_precondition("SEAT_NOT_BOOKED", message));
        }
        let all = self.seat_ids.is_empty();
        let leaving: Vec<String> = hold
            .taken_seats()
            .filter(|seat_id| all || self.seat_ids.iter().any(|named| named == seat_id))
            .map(str::to_owned)
            .collect();
        if leaving.is_empty() {
            return Ok(Decision::repeated(hold.booked()));
        }
        let cancelled: Vec<String> = booking.cancelled.iter().cloned().chain(leaving).collect();
        let none_left = cancelled.len() == hold.seat_ids.len();
        let hold = Hold {
            released: none_left.then_some(attempt.now),
            booking: Some(Booking {
                content: booking.content,
                cancelled,
            }),
            ..hold.clone()
        };
        let answer = hold.booked();
        let change = world::Change::Inventory(Change::Hold(hold));
        Ok(Decision::done(vec![change], answer))
    }
}
