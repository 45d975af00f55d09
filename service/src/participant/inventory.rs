//! Inventory's calls over gRPC.

use order_proto::inventory::v1 as wire;
use tonic::Status;

use super::wire::{money_from_wire, time_from_wire};
use crate::domain::{Answer, HeldSeat, HoldState, HoldView};
use crate::domain::{OrderId, SeatId};

pub(super) fn seat_texts(seat_ids: Vec<SeatId>) -> Vec<String> {
    seat_ids
        .iter()
        .map(|seat| seat.as_str().to_owned())
        .collect()
}

pub(super) fn confirm(
    hold_id: String,
    order_id: OrderId,
    tickets: Vec<(SeatId, String)>,
    idempotency_key: String,
) -> wire::ConfirmBookingRequest {
    let holder = |(seat, holder_name): (SeatId, String)| wire::TicketHolder {
        seat_id: seat.as_str().to_owned(),
        holder_name,
    };
    wire::ConfirmBookingRequest {
        hold_id,
        order_id: order_id.to_string(),
        tickets: tickets.into_iter().map(holder).collect(),
        idempotency_key,
    }
}

pub(super) fn held(response: wire::HoldSeatsResponse) -> Result<Answer, Status> {
    let seat = |seat: wire::HeldSeat| HeldSeat {
        seat_id: seat.seat_id,
        seat_label: seat.seat_label,
        price: money_from_wire(seat.price),
    };
    Ok(Answer::Held {
        hold_id: response.hold_id,
        expire_time: time_from_wire(response.expire_time),
        seats: response.seats.into_iter().map(seat).collect(),
    })
}

pub(super) fn hold(hold: wire::Hold) -> Result<Answer, Status> {
    let state = match hold.state() {
        wire::HoldState::Unspecified => HoldState::None,
        wire::HoldState::Held => HoldState::Held,
        wire::HoldState::Booked => HoldState::Booked,
        wire::HoldState::Released => HoldState::Released,
        wire::HoldState::Expired => HoldState::Expired,
    };
    Ok(Answer::Hold(HoldView {
        hold_id: hold.hold_id,
        state,
        seat_ids: hold.seat_ids,
    }))
}

pub(super) fn booking(booking: wire::Booking) -> Result<Answer, Status> {
    let ticket = |ticket: wire::BookedTicket| (ticket.seat_id, ticket.ticket_id);
    Ok(Answer::Booking {
        booking_id: booking.booking_id,
        tickets: booking.tickets.into_iter().map(ticket).collect(),
    })
}
