//! The stand-in for `inventory.v1`: holds, bookings and the holder of every seat. One hold and one booking per order, for good.
//!
//! Owns the records; each rpc's rules are in the file of its name. Expiry is computed from the time of each request, so no
//! timer is needed and a restart changes nothing.

use std::collections::{BTreeMap, HashMap};

use order_proto::sandbox::v1::SoldSeat;
use serde::{Deserialize, Serialize};

use crate::value::moment::Moment;

mod cancel_booking;
mod confirm_booking;
mod hold;
mod hold_seats;
mod make_hold;
mod query;
mod release_hold;
mod seat;
mod service;

pub(crate) use hold::{Booking, Hold, State};
pub(crate) use make_hold::make_hold;
pub(crate) use service::Service;

/// Reason: the hold does not exist, does not match the request, or is no longer held.
const HOLD_INVALID: &str = "HOLD_INVALID";
/// Reason: a requested seat is taken or does not exist.
const SEATS_UNAVAILABLE: &str = "SEATS_UNAVAILABLE";

/// The records of all holds, orders and seats.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    holds: HashMap<String, Hold>,
    orders: HashMap<String, InOrder>,
    /// By event and seat: the hold that took the seat last.
    seats: HashMap<String, BTreeMap<String, String>>,
}

/// One order's hold, and the marks that its undos left.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct InOrder {
    /// The hold that was made or adopted for it; another order may have adopted it since.
    hold_id: Option<String>,
    /// ReleaseHold came before HoldSeats: a late HoldSeats is refused.
    hold_undone: bool,
    /// CancelBooking came before ConfirmBooking: a late ConfirmBooking is refused.
    booking_undone: bool,
}

/// The new version of one record.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    Hold(Hold),
    Order { order_id: String, order: InOrder },
}

impl Inventory {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Order { order_id, order } => {
                self.orders.insert(order_id, order);
            }
            Change::Hold(hold) => {
                let seats = self.seats.entry(hold.event_id.clone()).or_default();
                for seat_id in hold.taken_seats() {
                    seats.insert(seat_id.to_owned(), hold.hold_id.clone());
                }
                self.holds.insert(hold.hold_id.clone(), hold);
            }
        }
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        // Applied in this order, the current holder of a seat replaces the earlier ones.
        let mut holds: Vec<&Hold> = self.holds.values().collect();
        holds.sort_by_key(|hold| hold.made);
        let orders = self.orders.iter().map(|(order_id, order)| Change::Order {
            order_id: order_id.clone(),
            order: order.clone(),
        });
        holds
            .into_iter()
            .map(|hold| Change::Hold(hold.clone()))
            .chain(orders)
    }

    /// The hold that is bound to this order.
    pub(crate) fn of_order(&self, order_id: &str) -> Option<&Hold> {
        let hold_id = self.orders.get(order_id)?.hold_id.as_ref()?;
        self.holds
            .get(hold_id)
            .filter(|hold| hold.order_id == order_id)
    }

    /// The hold that is bound to this order, if `hold_id` is its id or is empty.
    fn bound(&self, order_id: &str, hold_id: &str) -> Option<&Hold> {
        self.of_order(order_id)
            .filter(|hold| hold_id.is_empty() || hold.hold_id == hold_id)
    }

    fn order(&self, order_id: &str) -> InOrder {
        self.orders.get(order_id).cloned().unwrap_or_default()
    }

    /// The hold that has this seat at `now`.
    fn holder(&self, event_id: &str, seat_id: &str, now: Moment) -> Option<&Hold> {
        let hold_id = self.seats.get(event_id)?.get(seat_id)?;
        self.holds
            .get(hold_id)
            .filter(|hold| hold.holds(seat_id, now))
    }

    /// Every seat that is held or booked at `now`.
    pub(crate) fn sold(&self, now: Moment) -> Vec<SoldSeat> {
        self.holds
            .values()
            .flat_map(|hold| hold.sold(now))
            .collect()
    }
}
