//! Compares an order with its deliveries: usage equals its live tickets, and the expected notifications exist. Pending
//! deliveries are not findings.

use super::finding::{Findings, Kind};
use super::standing::was_confirmed;
use crate::domain::{Delivery, DeliveryState, Message, SagaState, TicketState};
use crate::participant::Evidence;
use crate::store::OrderRecords;

/// Usage that the Subscription service refused for good, whether the order is at rest or not.
pub(super) fn dead_usage(records: &OrderRecords, findings: &mut Findings) {
    for delivery in &records.deliveries {
        let is_usage = matches!(delivery.message, Message::Usage { .. });
        if is_usage && delivery.state == DeliveryState::Dead {
            let id = Some(("delivery_id", delivery.delivery_id.to_string()));
            findings.note(Kind::UsageDead, id, "usage that is delivered", "DEAD");
        }
    }
}

/// The order and its own outbox.
pub(super) fn check(records: &OrderRecords, findings: &mut Findings) {
    usage(records, findings);
    notifications(records, findings);
}

fn usage(records: &OrderRecords, findings: &mut Findings) {
    let order = &records.order;
    let sale = format!("{}/ticket_sale", order.order_id);
    let tickets = order.tickets.iter();
    let live = tickets.filter(|ticket| ticket.state == TicketState::Booked);
    let (sold, live) = if was_confirmed(records) {
        (count(order.tickets.len()), count(live.count()))
    } else {
        (0, 0)
    };
    let mut recorded = 0;
    let mut left = 0;
    for delivery in &records.deliveries {
        if let Message::Usage {
            units,
            idempotency_key,
            ..
        } = &delivery.message
        {
            left += i128::from(*units);
            if *idempotency_key == sale {
                recorded += i128::from(*units);
            }
        }
    }
    let kind = Kind::UsageOutbox;
    findings.compare(kind, "units sold", &sold, &recorded);
    findings.compare(kind, "units less reversals", &live, &left);
}

fn count(tickets: usize) -> i128 {
    i128::try_from(tickets).unwrap_or(i128::MAX)
}

fn notifications(records: &OrderRecords, findings: &mut Findings) {
    let ended = |state| state == SagaState::Completed;
    for saga in records.sagas.iter().filter(|saga| ended(saga.state)) {
        let Some(template) = template(&saga.kind) else {
            continue;
        };
        let wanted = format!("{}/{template}", saga.saga_id);
        let written = notification_ids(&records.deliveries).any(|(_, id)| id == wanted);
        if !written {
            let id = Some(("saga_id", saga.saga_id.to_string()));
            findings.note(Kind::NotificationOutbox, id, template, "none");
        }
    }
}

/// The notification template of a completed saga of this kind.
fn template(kind: &str) -> Option<&'static str> {
    match kind {
        "book_tickets" => Some("booking_confirmed"),
        "cancel_order" => Some("order_cancelled"),
        "refund_order" => Some("order_refunded"),
        _ => None,
    }
}

/// The outbox and what a sandbox received.
pub(super) fn check_received(records: &OrderRecords, evidence: &Evidence, findings: &mut Findings) {
    let received = &evidence.notification_ids;
    let kind = Kind::NotificationReceived;
    for (delivery, id) in notification_ids(&records.deliveries) {
        if delivery.state == DeliveryState::Delivered && !received.iter().any(|one| one == id) {
            let about = Some(("delivery_id", delivery.delivery_id.to_string()));
            findings.note(kind, about, format!("{id} received"), "not received");
        }
    }
    for id in received {
        if !notification_ids(&records.deliveries).any(|(_, sent)| sent == id) {
            let about = Some(("notification_id", id.clone()));
            findings.note(kind, about, "no such notification", "received");
        }
    }
}

fn notification_ids(deliveries: &[Delivery]) -> impl Iterator<Item = (&Delivery, &str)> {
    deliveries
        .iter()
        .filter_map(|delivery| match &delivery.message {
            Message::Notification {
                notification_id, ..
            } => Some((delivery, notification_id.as_str())),
            Message::Usage { .. } => None,
        })
}
