//! How the order ends: CONFIRMED with its books and messages, or FAILED, EXPIRED, CANCELLED with everything undone.

use crate::domain::{
    Account, Charges, Direction, Failure, Message, OrderState, TicketState, Transaction,
};
use crate::plans::{cancel_order, notification};
use crate::saga::{Change, Scene, Unreadable};

/// The order is booked and paid.
pub(super) fn complete(scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    let order = &mut change.order;
    let charges = order
        .charges
        .ok_or_else(|| Unreadable::missing("the order's total"))?;
    // A cancel that came too late for the booking: the order is booked and paid, and is cancelled from there (RULE 2).
    if order.state == OrderState::Cancelling {
        change.next = Some(cancel_order::after_booking());
    } else {
        order.state = OrderState::Confirmed;
    }
    order.failure = None;
    order.captured = Some(charges.total);
    order.expire_time = None;
    for ticket in &mut order.tickets {
        ticket.state = TicketState::Booked;
    }
    change.ledger.extend(sale(&charges));
    let units = i64::try_from(change.order.tickets.len()).expect("an order has at most 50 tickets");
    let order_id = change.order.order_id;
    change
        .outbox
        .push(Message::ticket_sale(order_id, units, scene.now));
    let data = notification::data(&change.order);
    change.outbox.push(Message::notification(
        change.saga_id,
        "booking_confirmed",
        data,
    ));
    Ok(())
}

/// Nothing was booked, and nothing is left.
pub(super) fn unwound(scene: &Scene<'_>, change: &mut Change) -> Result<(), Unreadable> {
    let why = scene
        .failure()
        .ok_or_else(|| Unreadable::missing("the saga's failure"))?;
    let state = why.reason.ends_in();
    let why = Failure::new(why.reason.clone(), why.message.as_str());
    undone(change, state, why);
    Ok(())
}

/// The order stands in `state`, and has nothing.
pub(super) fn undone(change: &mut Change, state: OrderState, why: Failure) {
    let order = &mut change.order;
    order.state = state;
    order.failure = Some(why);
    order.payment.redirect_url = None;
    order.expire_time = None;
    for ticket in &mut order.tickets {
        ticket.state = TicketState::Cancelled;
    }
}

/// The buyer owes and pays; the organizer, the platform and the state are owed.
fn sale(charges: &Charges) -> [Transaction; 2] {
    let owed = [
        (Account::Buyer, Direction::Debit, charges.total),
        (
            Account::OrganizerPayable,
            Direction::Credit,
            charges.subtotal,
        ),
        (
            Account::PlatformFees,
            Direction::Credit,
            charges.booking_fee,
        ),
        (Account::Tax, Direction::Credit, charges.tax),
    ];
    let paid = [
        (Account::ProviderClearing, Direction::Debit, charges.total),
        (Account::Buyer, Direction::Credit, charges.total),
    ];
    [
        Transaction::new("sale", &owed).expect("the parts sum to the total"),
        Transaction::new("capture", &paid).expect("one amount on both sides balances"),
    ]
}
