//! The record of one hold and of the booking made from it, and their forms on the wire. Knows no other hold.

use order_proto::inventory::v1 as wire;
use order_proto::sandbox::v1::{SoldSeat, SoldSeatState};
use serde::{Deserialize, Serialize};

use super::seat;
use crate::value::digest::Digest;
use crate::value::moment::Moment;

/// A set of seats that is reserved for one order until it expires, is released or is booked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(super) hold_id: String,
    pub(crate) organization_id: String,
    pub(super) event_id: String,
    pub(super) user_id: String,
    pub(super) order_id: String,
    pub(super) seat_ids: Vec<String>,
    pub(super) made: Moment,
    pub(super) expires: Moment,
    /// The time when the seats were given back; `None` while they are held or booked.
    pub(super) released: Option<Moment>,
    /// Whether an order adopted it; only one order may.
    pub(super) adopted: bool,
    /// The content of the request that made or adopted it.
    pub(super) content: Digest,
    pub(super) booking: Option<Booking>,
}

/// The booking made from a hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Booking {
    /// The content of the request that made it.
    pub(super) content: Digest,
    /// The seats that were cancelled one by one.
    pub(super) cancelled: Vec<String>,
}

/// The state of a hold at a given time. Expiry is computed, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Held,
    Booked,
    Released,
    Expired,
}

impl Hold {
    pub(super) fn state(&self, now: Moment) -> State {
        if self.released.is_some() {
            State::Released
        } else if self.booking.is_some() {
            State::Booked
        } else if self.expires <= now {
            State::Expired
        } else {
            State::Held
        }
    }

    /// The seats that are neither released nor cancelled; expiry is not considered.
    pub(super) fn taken_seats(&self) -> impl Iterator<Item = &str> {
        let released = self.released.is_some();
        self.seat_ids
            .iter()
            .map(String::as_str)
            .filter(move |seat_id| !released && !self.cancelled(seat_id))
    }

    fn cancelled(&self, seat_id: &str) -> bool {
        self.booking
            .as_ref()
            .is_some_and(|booking| booking.cancelled.iter().any(|other| other == seat_id))
    }

    /// Whether the hold or its booking has this seat at `now`.
    pub(super) fn holds(&self, seat_id: &str, now: Moment) -> bool {
        match self.state(now) {
            State::Held | State::Booked => self.taken_seats().any(|other| other == seat_id),
            State::Released | State::Expired => false,
        }
    }

    /// Whether its seats are exactly these, in any order.
    pub(super) fn has_exactly<'a>(&self, seat_ids: impl Iterator<Item = &'a str>) -> bool {
        let mut asked: Vec<&str> = seat_ids.collect();
        let mut kept: Vec<&str> = self.seat_ids.iter().map(String::as_str).collect();
        asked.sort_unstable();
        kept.sort_unstable();
        asked == kept
    }

    pub(super) fn booking_id(&self) -> String {
        format!("book_{}", self.order_id)
    }

    /// The response of HoldSeats. The expire_time of a released hold is its release, if that was earlier.
    pub(super) fn held(&self) -> wire::HoldSeatsResponse {
        let ends = self
            .released
            .map_or(self.expires, |at| at.min(self.expires));
        let price = seat::price(&self.event_id);
        wire::HoldSeatsResponse {
            hold_id: self.hold_id.clone(),
            expire_time: Some(ends.timestamp()),
            seats: self
                .seat_ids
                .iter()
                .map(|seat_id| wire::HeldSeat {
                    seat_id: seat_id.clone(),
                    seat_label: seat::label(&self.event_id, seat_id),
                    price: Some(price.wire()),
                })
                .collect(),
        }
    }

    pub(super) fn wire(&self, now: Moment) -> wire::Hold {
        let state = match self.state(now) {
            State::Held => wire::HoldState::Held,
            State::Booked => wire::HoldState::Booked,
            State::Released => wire::HoldState::Released,
            State::Expired => wire::HoldState::Expired,
        };
        let seat_ids = match state {
            wire::HoldState::Booked => self.taken_seats().map(str::to_owned).collect(),
            wire::HoldState::Unspecified
            | wire::HoldState::Held
            | wire::HoldState::Released
            | wire::HoldState::Expired => self.seat_ids.clone(),
        };
        wire::Hold {
            hold_id: self.hold_id.clone(),
            organization_id: self.organization_id.clone(),
            event_id: self.event_id.clone(),
            user_id: self.user_id.clone(),
            order_id: self.order_id.clone(),
            seat_ids,
            expire_time: Some(self.expires.timestamp()),
            state: state.into(),
        }
    }

    /// The booking with the tickets that are not cancelled.
    pub(super) fn booked(&self) -> wire::Booking {
        let tickets = self.taken_seats().map(|seat_id| wire::BookedTicket {
            seat_id: seat_id.to_owned(),
            ticket_id: format!("tick_{}_{seat_id}", self.order_id),
        });
        wire::Booking {
            booking_id: self.booking_id(),
            tickets: tickets.collect(),
        }
    }

    pub(crate) fn sold(&self, now: Moment) -> Vec<SoldSeat> {
        let state = match self.state(now) {
            State::Held => SoldSeatState::Held,
            State::Booked => SoldSeatState::Booked,
            State::Released | State::Expired => return Vec::new(),
        };
        self.taken_seats()
            .map(|seat_id| SoldSeat {
                event_id: self.event_id.clone(),
                seat_id: seat_id.to_owned(),
                order_id: self.order_id.clone(),
                state: state.into(),
            })
            .collect()
    }
}
