//! Inventory: one hold of two seats, which becomes a booking, from which seats are taken out again.

use std::collections::BTreeSet;

use crate::domain::{Answer, CallError, HeldSeat, HoldState, HoldView, SeatId, Timestamp};
use crate::engine::simulation::world::{HOLD, Noted, PRICES, Plot, SEATS, refused, usd};

/// Where the seats are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ending {
    Untouched,
    Held,
    Booked,
    Free,
}

pub(in super::super) struct Inventory {
    pub(in super::super) seats: Ending,
    /// Whether it refuses to cancel what stands; never what is undone.
    pub(in super::super) keeps_bookings: bool,
    cancelled: BTreeSet<String>,
    /// The keys of the cancels that acted: each acts once.
    acted: BTreeSet<String>,
    hold_ends: Timestamp,
    hold_undone: bool,
    booking_undone: bool,
    /// Whether the hold is the buyer's, and the order adopts it.
    pub(in super::super) is_adopted: bool,
}

impl Inventory {
    pub(super) fn new(keeps_bookings: bool, is_adopted: bool) -> Self {
        Self {
            seats: Ending::Untouched,
            keeps_bookings,
            cancelled: BTreeSet::new(),
            acted: BTreeSet::new(),
            hold_ends: Timestamp::from_micros(0),
            hold_undone: false,
            booking_undone: false,
            is_adopted,
        }
    }

    /// The seats that are booked.
    pub(in super::super) fn booked(&self) -> Vec<&str> {
        let is_live = |seat: &&str| !self.cancelled.contains(*seat);
        match self.seats {
            Ending::Booked => SEATS.into_iter().filter(is_live).collect(),
            Ending::Untouched | Ending::Held | Ending::Free => Vec::new(),
        }
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        if self.seats == Ending::Held && self.hold_ends <= now {
            self.seats = Ending::Free;
        }
    }

    pub(super) fn hold(&mut self, plot: Plot, now: Timestamp) -> Result<Answer, CallError> {
        if self.hold_undone || plot == Plot::NoSeats {
            return Err(refused("SEATS_UNAVAILABLE"));
        }
        if self.seats == Ending::Untouched {
            self.seats = Ending::Held;
            self.hold_ends = now.plus(HOLD);
        }
        let seat = |(seat, price): (&str, i64)| HeldSeat {
            seat_id: seat.into(),
            seat_label: seat.into(),
            price: Some(usd(price)),
        };
        Ok(Answer::Held {
            hold_id: "h".into(),
            expire_time: Some(self.hold_ends),
            seats: SEATS.into_iter().zip(PRICES).map(seat).collect(),
        })
    }

    /// An adopted hold stays with its buyer, and a hold of the saga does not (rule 8).
    pub(super) fn release(&mut self, keep_hold: bool) -> Noted {
        if keep_hold != self.is_adopted {
            return Err(format!(
                "keep_hold is {keep_hold} of a hold that is adopted: {}",
                self.is_adopted
            ));
        }
        if self.seats == Ending::Booked {
            return Ok(Err(refused("BOOKED")));
        }
        let is_kept = keep_hold && self.seats == Ending::Held;
        self.hold_undone = true;
        self.seats = Ending::Free;
        Ok(Ok(if is_kept {
            Answer::Hold(HoldView {
                hold_id: "h".into(),
                is_bound: false,
                state: HoldState::Held,
                seat_ids: SEATS.into_iter().map(str::to_owned).collect(),
            })
        } else {
            Answer::Hold(HoldView {
                hold_id: String::new(),
                is_bound: true,
                state: HoldState::Released,
                seat_ids: Vec::new(),
            })
        }))
    }

    /// A person gives all seats back, which leaves the marks that an undo leaves.
    pub(in super::super) fn free(&mut self) {
        (self.hold_undone, self.booking_undone) = (true, true);
        self.cancelled.extend(SEATS.into_iter().map(str::to_owned));
        self.seats = Ending::Free;
    }

    /// A person lets just these seats be booked; none: all are given back.
    pub(in super::super) fn book(&mut self, seats: &[&str]) {
        if seats.is_empty() {
            return self.free();
        }
        let gone = |seat: &&str| !seats.contains(seat);
        self.cancelled = SEATS.into_iter().filter(gone).map(str::to_owned).collect();
        self.seats = Ending::Booked;
    }

    pub(super) fn query(&self) -> Answer {
        match self.seats {
            Ending::Untouched => Answer::Absent,
            Ending::Held | Ending::Booked | Ending::Free => self.view(),
        }
    }

    pub(in super::super) fn view(&self) -> Answer {
        let (state, seat_ids) = match self.seats {
            Ending::Untouched => (HoldState::None, Vec::new()),
            Ending::Held => (HoldState::Held, SEATS.to_vec()),
            Ending::Booked => (HoldState::Booked, self.booked()),
            Ending::Free => (HoldState::Released, Vec::new()),
        };
        Answer::Hold(HoldView {
            hold_id: "h".into(),
            is_bound: true,
            state,
            seat_ids: seat_ids.into_iter().map(str::to_owned).collect(),
        })
    }

    pub(super) fn confirm(&mut self, is_authorized: bool) -> Noted {
        if self.booking_undone || !matches!(self.seats, Ending::Held | Ending::Booked) {
            return Ok(Err(refused("HOLD_INVALID")));
        }
        if self.seats == Ending::Held && !is_authorized {
            return Err("seats are booked although the payment is not authorized".into());
        }
        self.seats = Ending::Booked;
        Ok(Ok(self.booking()))
    }

    fn booking(&self) -> Answer {
        let ticket = |seat: &str| (seat.to_owned(), format!("t-{seat}"));
        Answer::Booking {
            booking_id: "b".into(),
            tickets: self.booked().into_iter().map(ticket).collect(),
        }
    }

    pub(super) fn cancel(&mut self, seat_ids: &[SeatId], key: &str) -> Result<Answer, CallError> {
        if key.ends_with("/undo") {
            self.booking_undone = true;
        } else if self.keeps_bookings {
            return Err(refused("TOO_LATE"));
        }
        if self.seats == Ending::Booked && self.acted.insert(key.to_owned()) {
            let named = |seat: &&str| {
                seat_ids.is_empty() || seat_ids.iter().any(|named| named.as_str() == *seat)
            };
            let leaving = SEATS.into_iter().filter(named).map(str::to_owned);
            self.cancelled.extend(leaving);
            if self.booked().is_empty() {
                self.seats = Ending::Free;
            }
        }
        Ok(self.booking())
    }
}
