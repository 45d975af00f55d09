//! Finds seats that two orders have: remembers the seats of every order that was read. About 50 bytes of memory per seat.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::finding::{Finding, Kind};
use crate::domain::{Order, OrderId, OrderState, TicketState};

/// The order of each seat, by a digest of organization, event and seat.
#[derive(Debug, Default)]
pub(super) struct SeatsSold(HashMap<[u8; 16], OrderId>);

impl SeatsSold {
    /// Adds the booked seats of an order. Returns a finding for each that another order has too.
    pub(super) fn add(&mut self, order: &Order) -> Vec<Finding> {
        if order.state != OrderState::Confirmed {
            return Vec::new();
        }
        let booked = |state: TicketState| state == TicketState::Booked;
        let live = order.tickets.iter().filter(|ticket| booked(ticket.state));
        let mut found = Vec::new();
        for ticket in live {
            let seat = ticket.seat_id.as_str();
            let first = self.0.insert(digest(order, seat), order.order_id);
            if let Some(first) = first.filter(|first| *first != order.order_id) {
                found.push(Finding {
                    kind: Kind::SeatSoldTwice,
                    ids: vec![
                        ("order_id", order.order_id.to_string()),
                        ("other_order_id", first.to_string()),
                    ],
                    expected: format!("seat {seat} in one order"),
                    found: "in two".to_owned(),
                });
            }
        }
        found
    }
}

fn digest(order: &Order, seat: &str) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in [
        order.organization_id.as_str(),
        order.event_id.as_str(),
        seat,
    ] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let mut name = [0; 16];
    name.copy_from_slice(&digest.finalize()[..16]);
    name
}
