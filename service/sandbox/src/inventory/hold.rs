//! One hold, and the booking it may have become. Knows no other hold.

use order_proto::inventory::v1 as wire;
use order_proto::sandbox::v1::{SoldSeat, SoldSeatState};
use serde::{Deserialize, Serialize};

use super::seat;
use crate::value::digest::Digest;
use crate::value::moment::Moment;

/// Seats kept for one order.
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
    /// When the seats were given back.
    pub(super) released: Option<Moment>,
    /// Whether an order adopted it: only one may.
    pub(super) adopted: bool,
    /// The request that made or adopted it.
    pub(super) content: Digest,
    pub(super) booking: Option<Booking>,
}

/// What a hold became.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Booking {
    /// The request that made it.
    pub(super) content: Digest,
    pub(super) cancelled: Vec<String>,
}

/// Where a hold stands at some moment.
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

    /// The seats that it has, unless it expired.
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

    /// Whether this seat is held or booked by it.
    pub(super) fn holds(&self, seat_id: &str, now: Moment) -> bool {
        match self.state(now) {
            State::Held | State::Booked => self.taken_seats().any(|other| other == seat_id),
            State::Released | State::Expired => false,
        }
    }

    /// Whether it keeps exactly these seats, in any order.
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

    /// As HoldSeats answers it. A hold that was given back ended then.
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

    /// The booking with the tickets that are left.
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
