//! Giving booked seats back, as `cancel_order` and `refund_order` do it. What is freed may be sold again, so nothing
//! undoes it; a refusal leaves everything as it was.

use crate::domain::{
    Answer, Call, Failure, HoldState, Message, Order, Reason, SeatId, TicketState,
};
use crate::saga::{Change, Scene, Verdict};

/// Asks Inventory to cancel these seats; none named: all.
pub(super) fn cancel(order: &Order, seat_ids: &[SeatId]) -> Call {
    Call::CancelBooking {
        booking_id: order.booking_id.clone(),
        order_id: order.order_id,
        seat_ids: seat_ids.to_vec(),
    }
}

/// What Inventory's answer means. Once the seats are free their tickets are cancelled, and so is their sale.
pub(super) fn judge(
    scene: &Scene<'_>,
    answer: &Answer,
    seat_ids: &[SeatId],
    change: &mut Change,
) -> Verdict {
    if answer.is_absent() {
        // An unknown hold does not show whether the seats are free.
        return Verdict::Absent;
    }
    let keeps = |seat: &str| names(seat_ids, seat);
    let are_free = match answer {
        Answer::Booking { tickets, .. } => !tickets.iter().any(|(seat, _)| keeps(seat)),
        Answer::Hold(hold) => match hold.state {
            HoldState::Booked | HoldState::Held => !hold.seat_ids.iter().any(|seat| keeps(seat)),
            HoldState::None | HoldState::Released | HoldState::Expired => true,
        },
        Answer::Held { .. }
        | Answer::Payment(_)
        | Answer::Refund(_)
        | Answer::Absent
        | Answer::Taken => false,
    };
    if are_free {
        free(scene, seat_ids, change);
        Verdict::Done
    } else if scene.was_refused() {
        Verdict::No(refusal(scene.last_error()))
    } else {
        Verdict::Absent
    }
}

/// Why it was not done.
pub(super) fn refusal(message: &str) -> Failure {
    Failure::new(Reason::InventoryRejected, message)
}

fn names(seat_ids: &[SeatId], seat: &str) -> bool {
    seat_ids.is_empty() || seat_ids.iter().any(|named| named.as_str() == seat)
}

/// A ticket that another saga of the order has cancelled is counted there.
pub(super) fn free(scene: &Scene<'_>, seat_ids: &[SeatId], change: &mut Change) {
    let mut units = 0;
    for ticket in &mut change.order.tickets {
        if ticket.state == TicketState::Booked && names(seat_ids, ticket.seat_id.as_str()) {
            ticket.state = TicketState::Cancelled;
            units += 1;
        }
    }
    if units > 0 {
        let reversal = Message::ticket_sale_reversal(change.saga_id, units, scene.now);
        change.outbox.push(reversal);
    }
}
