//! Inventory over gRPC: its calls, and what its answers mean in domain terms.

use order_proto::inventory::v1 as wire;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::wire::{
    Envelope, absent, duration_to_wire, misrouted, money_from_wire, names, stateless,
    time_from_wire,
};
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
            let hold_id = message.hold_id.clone();
            let answer = client.hold_seats(envelope.around(message)).await?;
            held(answer.into_inner(), &hold_id)
        }
        call @ (Call::ReleaseHold { .. } | Call::GetHold { .. }) => {
            send_about_hold(client, call, envelope).await
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
            let answer = client.confirm_booking(envelope.around(message)).await?;
            booking(answer.into_inner(), "")
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
            let booking_id = message.booking_id.clone();
            let answer = client.cancel_booking(envelope.around(message)).await?;
            booking(answer.into_inner(), &booking_id)
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

async fn send_about_hold(
    mut client: InventoryServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    if let Call::GetHold { hold_id, order_id } = call {
        let message = wire::GetHoldRequest {
            hold_id: hold_id.unwrap_or_default(),
            order_id: order_id.to_string(),
        };
        let (hold_id, order_id) = (message.hold_id.clone(), message.order_id.clone());
        return match client.get_hold(envelope.around(message)).await {
            Ok(answer) => hold(answer.into_inner(), &hold_id, &order_id),
            Err(status) => absent(status),
        };
    }
    let Call::ReleaseHold {
        hold_id,
        order_id,
        keep_hold,
    } = call
    else {
        return Err(misrouted(&call));
    };
    let message = wire::ReleaseHoldRequest {
        hold_id: hold_id.unwrap_or_default(),
        order_id: order_id.to_string(),
        idempotency_key: envelope.key(),
        keep_hold,
    };
    let (hold_id, order_id) = (message.hold_id.clone(), message.order_id.clone());
    let answer = client.release_hold(envelope.around(message)).await?;
    hold(answer.into_inner(), &hold_id, &order_id)
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

/// Error: the answer names another hold than the one to adopt.
fn held(response: wire::HoldSeatsResponse, adopted: &str) -> Result<Answer, Status> {
    names("hold_id", adopted, &response.hold_id)?;
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

/// Error: the answer has no state that is known here, or names another hold or order than asked about.
pub(super) fn hold(hold: wire::Hold, hold_id: &str, order_id: &str) -> Result<Answer, Status> {
    names("hold_id", hold_id, &hold.hold_id)?;
    names("order_id", order_id, &hold.order_id)?;
    let state = match hold.state() {
        wire::HoldState::Unspecified => return Err(stateless("hold")),
        wire::HoldState::Held => HoldState::Held,
        wire::HoldState::Booked => HoldState::Booked,
        wire::HoldState::Released => HoldState::Released,
        wire::HoldState::Expired => HoldState::Expired,
    };
    Ok(Answer::Hold(HoldView {
        hold_id: hold.hold_id,
        state,
        is_bound: !hold.order_id.is_empty(),
        seat_ids: hold.seat_ids,
    }))
}

/// Error: the answer names another booking than asked about.
fn booking(booking: wire::Booking, booking_id: &str) -> Result<Answer, Status> {
    names("booking_id", booking_id, &booking.booking_id)?;
    let ticket = |ticket: wire::BookedTicket| (ticket.seat_id, ticket.ticket_id);
    Ok(Answer::Booking {
        booking_id: booking.booking_id,
        tickets: booking.tickets.into_iter().map(ticket).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_without_a_known_state_or_of_another_order_is_unknown() {
        let taken = |change: fn(&mut wire::Hold)| {
            let mut answer = wire::Hold {
                hold_id: "hold-1".into(),
                order_id: "order-1".into(),
                state: wire::HoldState::Held.into(),
                ..wire::Hold::default()
            };
            change(&mut answer);
            hold(answer, "hold-1", "order-1").ok()
        };
        let is_bound = |answer: Option<Answer>| {
            let answer = answer.expect("it is taken");
            answer.hold().expect("it is a hold").is_bound
        };
        assert!(is_bound(taken(|_| {})));
        assert!(!is_bound(taken(|one| one.order_id.clear())));
        assert_eq!(taken(|one| one.state = 0), None);
        assert_eq!(taken(|one| one.state = 99), None);
        assert_eq!(taken(|one| one.order_id = "order-2".into()), None);
        assert_eq!(taken(|one| one.hold_id = "hold-2".into()), None);
    }

    #[test]
    fn an_adopted_hold_or_a_booking_with_another_id_is_unknown() {
        let answer = |hold_id: &str| wire::HoldSeatsResponse {
            hold_id: hold_id.into(),
            ..wire::HoldSeatsResponse::default()
        };
        assert!(held(answer("hold-1"), "hold-1").is_ok());
        assert!(held(answer("hold-1"), "").is_ok(), "made for the order");
        assert!(held(answer("hold-2"), "hold-1").is_err());
        let answer = wire::Booking {
            booking_id: "book-1".into(),
            ..wire::Booking::default()
        };
        assert!(booking(answer.clone(), "book-1").is_ok());
        assert!(booking(answer, "book-2").is_err());
    }
}
