//! Compares an order's state with its sagas, its amounts and its tickets.

use std::time::Duration;

use super::amount::Amount;
use super::finding::{Findings, Kind};
use crate::domain::{Order, OrderState, RefundState, Saga, SagaState, TicketState, Timestamp};
use crate::store::OrderRecords;

/// Whether an order can be compared now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Every saga of the order has ended.
    AtRest,
    /// One of its sagas is running.
    UnderWay,
    /// One of its sagas needs attention.
    NeedsAttention,
}

impl Standing {
    pub(super) fn of(records: &OrderRecords) -> Self {
        let states = || records.sagas.iter().map(|saga| saga.state);
        if states().any(|state| !state.is_at_rest()) {
            Self::UnderWay
        } else if states().any(|state| state == SagaState::NeedsAttention) {
            Self::NeedsAttention
        } else {
            Self::AtRest
        }
    }
}

/// Reports each saga of an order that has been open for longer than this.
pub(super) fn overdue(
    records: &OrderRecords,
    (longest, now): (Duration, Timestamp),
    findings: &mut Findings,
) {
    for saga in records.sagas.iter().filter(|saga| !saga.state.has_ended()) {
        let open = now.since(saga.create_time);
        if open > longest {
            let id = Some(("saga_id", saga.saga_id.to_string()));
            let expected = format!("an end within {} s", longest.as_secs());
            let found = format!("{} for {} s", saga.state.as_str(), open.as_secs());
            findings.note(Kind::OrderOverdue, id, expected, found);
        }
    }
}

/// Whether the booking's saga completed.
pub(super) fn was_confirmed(records: &OrderRecords) -> bool {
    booking(records).is_some_and(|saga| saga.state == SagaState::Completed)
}

fn booking(records: &OrderRecords) -> Option<&Saga> {
    let booked_by = records.order.saga_id;
    records.sagas.iter().find(|saga| saga.saga_id == booked_by)
}

/// The findings within the order's row and its sagas.
pub(super) fn check(records: &OrderRecords, findings: &mut Findings) {
    let order = &records.order;
    sagas(records, findings);
    tickets(order, findings);
    amounts(order, findings);
}

fn sagas(records: &OrderRecords, findings: &mut Findings) {
    let order = &records.order;
    let state = order.state.as_str();
    let id = Some(("saga_id", order.saga_id.to_string()));
    if !order.state.is_at_rest() {
        let expected = "a final state: none of its sagas is open";
        findings.note(Kind::OrderUnfinished, id, expected, state);
        return;
    }
    let Some(saga) = booking(records) else {
        findings.note(Kind::OrderSaga, id, "the saga that books it", "none");
        return;
    };
    let ends_with = match saga.state {
        SagaState::Completed => [OrderState::Confirmed, OrderState::Cancelled].as_slice(),
        SagaState::Compensated => &[
            OrderState::Failed,
            OrderState::Expired,
            OrderState::Cancelled,
        ],
        SagaState::Running
        | SagaState::Waiting
        | SagaState::Compensating
        | SagaState::NeedsAttention => return,
    };
    if !ends_with.contains(&order.state) {
        let names: Vec<&str> = ends_with.iter().map(|state| state.as_str()).collect();
        let expected = format!(
            "{}: its saga is {}",
            names.join(" or "),
            saga.state.as_str()
        );
        findings.note(Kind::OrderSaga, id, expected, state);
    }
}

fn tickets(order: &Order, findings: &mut Findings) {
    let live = order
        .tickets
        .iter()
        .filter(|ticket| ticket.state != TicketState::Cancelled);
    let booked = |state| state == TicketState::Booked;
    let (expected, holds) = match order.state {
        OrderState::Confirmed => (
            "at least one ticket, all BOOKED but the cancelled",
            live.clone().count() > 0 && live.clone().all(|ticket| booked(ticket.state)),
        ),
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled => {
            ("every ticket CANCELLED", live.clone().count() == 0)
        }
        OrderState::Pending | OrderState::AwaitingPayment | OrderState::Cancelling => return,
    };
    if !holds {
        let live: Vec<String> = live
            .map(|ticket| format!("{} {}", ticket.seat_id, ticket.state.as_str()))
            .collect();
        let found = if live.is_empty() {
            "none".to_owned()
        } else {
            live.join(", ")
        };
        findings.note(Kind::OrderTickets, None, expected, found);
    }
}

fn amounts(order: &Order, findings: &mut Findings) {
    let captured = Amount::of(order.captured);
    let refunded = Amount::of(order.refunded);
    match order.state {
        OrderState::Confirmed => {
            let total = Amount::of(order.charges.map(|charges| charges.total));
            findings.compare(Kind::OrderMoney, "captured", &total, &captured);
        }
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled => {
            findings.compare(Kind::OrderMoney, "refunded", &captured, &refunded);
        }
        OrderState::Pending | OrderState::AwaitingPayment | OrderState::Cancelling => {}
    }
    let refunds = |state| order.refunds.iter().filter(move |one| one.state == state);
    let returned = Amount::of(refunds(RefundState::Succeeded).map(|refund| refund.amount));
    findings.compare(Kind::OrderMoney, "refunded", &returned, &refunded);
    for refund in refunds(RefundState::Pending) {
        let id = Some(("refund_id", refund.refund_id.to_string()));
        findings.note(Kind::OrderMoney, id, "SUCCEEDED or FAILED", "PENDING");
    }
}
