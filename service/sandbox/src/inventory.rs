//! The stand-in for `inventory.v1`: holds, bookings, and which seat has whom. One hold and one booking per order, for good.
//!
//! Owns the records; each rpc's rules stand in the file of its name. A hold expires by being looked at after its time, so
//! that no timer is needed and a restart changes nothing.

use std::collections::{BTreeMap, HashMap};

use order_proto::sandbox::v1::SoldSeat;
use serde::{Deserialize, Serialize};

use crate::value::moment::Moment;

mod cancel_booking;
mod confirm_booking;
mod hold;
mod hold_seats;
mod query;
mod release_hold;
mod seat;
mod service;

pub(crate) use hold::{Booking, Hold, State};
pub(crate) use service::Service;

/// The reason of a refusal that says: the hold is not what it should be.
const HOLD_INVALID: &str = "HOLD_INVALID";
/// The reason of a refusal that says: a seat is taken, or there is none such.
const SEATS_UNAVAILABLE: &str = "SEATS_UNAVAILABLE";

/// All that inventory knows.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    holds: HashMap<String, Hold>,
    orders: HashMap<String, InOrder>,
    /// Event, seat, and the hold that had the seat last.
    seats: HashMap<String, BTreeMap<String, String>>,
}

/// What inventory knows of one order.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct InOrder {
    /// The hold that was made or adopted for it; another order may have adopted it since.
    hold_id: Option<String>,
    /// It was undone before it was held: a late HoldSeats is refused.
    hold_undone: bool,
    /// It was undone before it was booked: a late ConfirmBooking is refused.
    booking_undone: bool,
}

/// A record as it stands from now on.
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
        // The hold that has a seat now must come after those that had it before.
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

    /// The hold of this order, where `hold_id` names it or is empty.
    fn bound(&self, order_id: &str, hold_id: &str) -> Option<&Hold> {
        self.of_order(order_id)
            .filter(|hold| hold_id.is_empty() || hold.hold_id == hold_id)
    }

    fn order(&self, order_id: &str) -> InOrder {
        self.orders.get(order_id).cloned().unwrap_or_default()
    }

    /// The hold that has this seat at this moment.
    fn holder(&self, event_id: &str, seat_id: &str, now: Moment) -> Option<&Hold> {
        let hold_id = self.seats.get(event_id)?.get(seat_id)?;
        self.holds
            .get(hold_id)
            .filter(|hold| hold.holds(seat_id, now))
    }

    /// Every seat that is held or booked at this moment.
    pub(crate) fn sold(&self, now: Moment) -> Vec<SoldSeat> {
        self.holds
            .values()
            .flat_map(|hold| hold.sold(now))
            .collect()
    }
}
