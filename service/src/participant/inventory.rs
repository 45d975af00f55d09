//! Inventory over gRPC: its calls, and what its answers mean in domain terms.

use order_proto::inventory::v1 as wire;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::wire::{Envelope, absent, duration_to_wire, misrouted, money_from_wire, time_from_wire};
use crate::domain::{Answer, Call, HeldSeat, HoldState, HoldView, SeatId};

/// Makes one of Inventory's calls.
pub(super) async fn send(
    mut client: InventoryServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    match call {
        call @ Call::HoldSeats { .. } => {
            let message = hold_seats(call, envelope)?;
            let answer = client.hold_seats(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(held)
        }
        Call::ReleaseHold { hold_id, order_id } => {
            let message = wire::ReleaseHoldRequest {
                hold_id: hold_id.unwrap_or_default(),
                order_id: order_id.to_string(),
                idempotency_key: envelope.key(),
            };
            let answer = client.release_hold(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(hold)
        }
        Call::GetHold { hold_id, order_id } => {
            let message = wire::GetHoldRequest {
                hold_id: hold_id.unwrap_or_default(),
                order_id: order_id.to_string(),
            };
            let answer = client.get_hold(envelope.around(message)).await;
            answer
                .map(Response::into_inner)
                .and_then(hold)
                .or_else(absent)
        }
        Call::ConfirmBooking {
            hold_id,
            order_id,
            tickets,
        } => {
            let message = wire::ConfirmBookingRequest {
                hold_id,
                order_id: order_id.to_string(),
                tickets: tickets.into_iter().map(ticket_holder).collect(),
                idempotency_key: envelope.key(),
            };
            let answer = client.confirm_booking(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(booking)
        }
        Call::CancelBooking {
            booking_id,
            order_id,
            seat_ids,
        } => {
            let message = wire::CancelBookingRequest {
                booking_id: booking_id.unwrap_or_default(),
                order_id: order_id.to_string(),
                seat_ids: seat_texts(&seat_ids),
                idempotency_key: envelope.key(),
            };
            let answer = client.cancel_booking(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(booking)
        }
        other @ (Call::AuthorizePayment { .. }
        | Call::CapturePayment { .. }
        | Call::VoidPayment { .. }
        | Call::RefundPayment { .. }
        | Call::GetPayment { .. }
        | Call::GetRefund { .. }
        | Call::SendNotification { .. }
        | Call::RecordUsage { .. }) => Err(misrouted(&other)),
    }
}

fn hold_seats(call: Call, envelope: Envelope<'_>) -> Result<wire::HoldSeatsRequest, Status> {
    let Call::HoldSeats {
        organization_id,
        event_id,
        user_id,
        order_id,
        seat_ids,
        hold_duration,
        hold_id,
    } = call
    else {
        return Err(misrouted(&call));
    };
    Ok(wire::HoldSeatsRequest {
        organization_id: organization_id.to_string(),
        event_id: event_id.to_string(),
        user_id: user_id.to_string(),
        order_id: order_id.to_string(),
        seat_ids: seat_texts(&seat_ids),
        hold_duration: Some(duration_to_wire(hold_duration)),
        hold_id: hold_id.unwrap_or_default(),
        idempotency_key: envelope.key(),
    })
}

fn seat_texts(seat_ids: &[SeatId]) -> Vec<String> {
    let texts = seat_ids.iter().map(|seat| seat.as_str().to_owned());
    texts.collect()
}

fn ticket_holder((seat, holder_name): (SeatId, String)) -> wire::TicketHolder {
    wire::TicketHolder {
        seat_id: seat.as_str().to_owned(),
        holder_name,
    }
}

fn held(response: wire::HoldSeatsResponse) -> Result<Answer, Status> {
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

fn booking(booking: wire::Booking) -> Result<Answer, Status> {
    let ticket = |ticket: wire::BookedTicket| (ticket.seat_id, ticket.ticket_id);
    Ok(Answer::Booking {
        booking_id: booking.booking_id,
        tickets: booking.tickets.into_iter().map(ticket).collect(),
    })
}
