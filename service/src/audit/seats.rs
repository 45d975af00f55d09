//! Compares an order with its seats at Inventory.

use std::collections::BTreeSet;

use super::finding::{Findings, Kind};
use crate::domain::{HoldState, HoldView, Order, OrderState, TicketState};
use crate::participant::Evidence;

const KIND: Kind = Kind::InventorySeats;

/// `hold` is `None` if there never was one.
pub(super) fn check(order: &Order, hold: Option<&HoldView>, findings: &mut Findings) {
    let kept = match hold {
        Some(hold) => match hold.state {
            HoldState::Booked => show("BOOKED", hold.seat_ids.iter().map(String::as_str)),
            // A hold that the order adopted and gave back.
            HoldState::Held if !hold.is_bound => NOTHING.to_owned(),
            HoldState::Held => show("HELD", hold.seat_ids.iter().map(String::as_str)),
            HoldState::None | HoldState::Released | HoldState::Expired => NOTHING.to_owned(),
        },
        None => NOTHING.to_owned(),
    };
    let expected = expected(order);
    if kept != expected {
        let id = hold.map(|hold| ("hold_id", hold.hold_id.clone()));
        findings.note(KIND, id, expected, kept);
    }
}

/// Compares the seats that a sandbox reports as sold.
pub(super) fn check_sold(order: &Order, evidence: &Evidence, findings: &mut Findings) {
    let sold = show("BOOKED", evidence.seat_ids.iter().map(String::as_str));
    let expected = expected(order);
    if sold != expected {
        findings.note(KIND, None, expected, format!("sold: {sold}"));
    }
}

const NOTHING: &str = "no seats";

fn expected(order: &Order) -> String {
    match order.state {
        OrderState::Confirmed => {
            let tickets = order.tickets.iter();
            let live = tickets.filter(|ticket| ticket.state == TicketState::Booked);
            show("BOOKED", live.map(|ticket| ticket.seat_id.as_str()))
        }
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Failed
        | OrderState::Expired
        | OrderState::Cancelling
        | OrderState::Cancelled => NOTHING.to_owned(),
    }
}

fn show<'a>(state: &str, seat_ids: impl Iterator<Item = &'a str>) -> String {
    let seat_ids: BTreeSet<&str> = seat_ids.collect();
    if seat_ids.is_empty() {
        return NOTHING.to_owned();
    }
    let seat_ids: Vec<&str> = seat_ids.into_iter().collect();
    format!("{state} {}", seat_ids.join(" "))
}
