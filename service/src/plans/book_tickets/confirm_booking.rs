//! Step `confirm_booking`: makes the hold a booking. Undone by CancelBooking.

use crate::domain::{Answer, Call, Failure, HoldState, Reason, Timestamp};
use crate::plans::book_tickets::hold_seats::refused_seats;
use crate::saga::{
    Act, Authorized, Booked, Change, Compensable, Scene, Step, Undo, Undone, Unreadable, Verdict,
};

/// Makes the hold a booking.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmBooking;

impl Step for ConfirmBooking {
    type From = Authorized;
    type To = Booked;
}

impl Compensable for ConfirmBooking {}

impl Act for ConfirmBooking {
    fn name(&self) -> &'static str {
        "confirm_booking"
    }

    fn send_before(&self, scene: &Scene<'_>) -> Option<Timestamp> {
        scene.hold_deadline()
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let hold_id = scene
            .order
            .hold_id
            .clone()
            .ok_or_else(|| Unreadable::missing("the order's hold"))?;
        let holder =
            |ticket: &crate::domain::Ticket| (ticket.seat_id.clone(), ticket.holder_name.clone());
        Ok(Call::ConfirmBooking {
            hold_id,
            order_id: scene.order.order_id,
            tickets: scene.order.tickets.iter().map(holder).collect(),
        })
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        Some(Call::get_hold(scene.order))
    }

    fn judge(
        &self,
        _scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        if answer.is_absent() {
            return Ok(Verdict::Absent);
        }
        if let Some(hold) = answer.hold() {
            return Ok(looked_at(hold.state));
        }
        let Answer::Booking {
            booking_id,
            tickets,
        } = answer
        else {
            return Ok(Verdict::No(Failure::new(
                Reason::InventoryRejected,
                "the booking was answered with something else",
            )));
        };
        change.order.booking_id = Some(booking_id.clone()).filter(|id| !id.is_empty());
        let mut all_booked = change.order.booking_id.is_some();
        for ticket in &mut change.order.tickets {
            let booked = tickets
                .iter()
                .find(|(seat, _)| seat == ticket.seat_id.as_str());
            ticket.ticket_id = booked.map(|(_, ticket_id)| ticket_id.clone());
            all_booked &= ticket.ticket_id.is_some();
        }
        if all_booked {
            // From here on the seats are the buyer's: the order expires no more.
            change.order.expire_time = None;
            Ok(Verdict::Done)
        } else {
            Ok(Verdict::No(Failure::new(
                Reason::InventoryRejected,
                "the booking lacks seats that were asked for",
            )))
        }
    }

    fn refusal(&self, reason: &Reason, _message: &str) -> Failure {
        refused_seats(reason)
    }
}

/// An existing booking is confirmed again: only ConfirmBooking returns its tickets.
fn looked_at(state: HoldState) -> Verdict {
    match state {
        HoldState::None | HoldState::Held | HoldState::Booked => Verdict::Absent,
        HoldState::Released | HoldState::Expired => Verdict::No(Failure::new(
            Reason::HoldExpired,
            "the hold on the seats ran out",
        )),
    }
}

impl Undo for ConfirmBooking {
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable> {
        let call = Call::CancelBooking {
            booking_id: scene.order.booking_id.clone(),
            order_id: scene.order.order_id,
            seat_ids: Vec::new(),
        };
        Ok((call, "undo"))
    }

    fn judge_undo(
        &self,
        _scene: &Scene<'_>,
        answer: &Answer,
        _change: &mut Change,
    ) -> Result<Undone, Unreadable> {
        Ok(match answer.booked() {
            Some([]) => Undone::Yes,
            Some(_) | None => Undone::Again("the booking is not cancelled yet".into()),
        })
    }
}
