//! The invariants of an order that a client and the participants can observe (the promises of `docs/architecture.md`).
//!
//! Compares the service's data with the participants' data. Does not know how either came about.

use std::collections::BTreeMap;

use order_proto::google::r#type::Money;
use order_proto::order::v1::ledger_service_client::LedgerServiceClient;
use order_proto::order::v1::{
    EntryDirection, LedgerEntry, ListLedgerEntriesRequest, Order, OrderState, TicketState,
};
use order_proto::sandbox::v1::{OrderTotals, SoldSeat, SoldSeatState};

use crate::Stack;
use crate::wait::{SOON, until};

/// An amount as one number, in units of 10⁻⁹ of the currency; 0 when absent.
#[must_use]
pub fn amount(money: Option<&Money>) -> i128 {
    money.map_or(0, |money| {
        i128::from(money.units) * 1_000_000_000 + i128::from(money.nanos)
    })
}

/// Whether an order in this state changes only when a client asks for it.
#[must_use]
pub fn is_final(state: OrderState) -> bool {
    match state {
        OrderState::Confirmed
        | OrderState::Failed
        | OrderState::Expired
        | OrderState::Cancelled => true,
        OrderState::Unspecified
        | OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Cancelling => false,
    }
}

/// Checks promises 1, 2 and 8 for an order that has ended, and returns the order.
///
/// # Panics
/// When a promise is broken, or the order has not ended.
pub async fn hold(stack: &Stack, order_id: &str) -> Order {
    let order = stack.order(order_id).await;
    let totals = stack.sandbox.totals(order_id).await;
    let money = totals
        .orders
        .iter()
        .find(|sum| sum.order_id == order_id)
        .cloned()
        .unwrap_or_default();
    let seats: Vec<&SoldSeat> = totals
        .seats
        .iter()
        .filter(|seat| seat.order_id == order_id)
        .collect();
    assert!(is_final(order.state()), "{order:?}");
    assert!(money.effective_captures <= 1, "captured twice: {money:?}");
    if order.state() == OrderState::Confirmed {
        is_booked_and_paid(&order, &money, &seats);
    } else {
        is_undone(&order, &money, &seats);
    }
    is_booked_in_the_ledger(stack, &order, &money).await;
    order
}

/// Promise 8 for one order: its ledger entries sum to zero in every currency, agree with the Payment service, leave a
/// balance of zero in `suspense`, and owe payable, fees and tax as the order shows them.
async fn is_booked_in_the_ledger(stack: &Stack, order: &Order, money: &OrderTotals) {
    let entries = entries(stack, order).await;
    let currency = currency(order);
    let mut accounts: BTreeMap<(&str, &str), i128> = BTreeMap::new();
    let mut transactions: BTreeMap<(&str, &str), i128> = BTreeMap::new();
    for entry in &entries {
        let minor = match entry.direction() {
            EntryDirection::Debit => amount(entry.amount.as_ref()),
            EntryDirection::Credit => -amount(entry.amount.as_ref()),
            EntryDirection::Unspecified => panic!("an entry without a direction: {entry:?}"),
        };
        let code = entry.amount.as_ref().map_or("", |it| &it.currency_code);
        *accounts.entry((&entry.account, code)).or_default() += minor;
        *transactions
            .entry((&entry.transaction_id, code))
            .or_default() += minor;
    }
    assert!(transactions.values().all(|sum| *sum == 0), "{entries:?}");
    let kept = amount(money.captured.as_ref()) - amount(money.refunded.as_ref());
    let balance = |account: &str| {
        accounts
            .get(&(account, currency))
            .copied()
            .unwrap_or_default()
    };
    let mut foreign = accounts.keys().filter(|(_, code)| *code != currency);
    assert_eq!(foreign.next(), None, "{entries:?}");
    assert_eq!(balance("provider_clearing"), kept, "{entries:?}");
    assert_eq!(balance("suspense"), 0, "{entries:?}");
    assert_eq!(balance("refunds"), 0, "{entries:?}");
    assert_eq!(balance("buyer"), 0, "{entries:?}");
    is_owed_as_shown(order, &|account| -balance(account), kept);
}

/// The order's entries, all in one page.
async fn entries(stack: &Stack, order: &Order) -> Vec<LedgerEntry> {
    let request = ListLedgerEntriesRequest {
        organization_id: order.organization_id.clone(),
        order_id: order.order_id.clone(),
        page_size: 1_000,
        ..Default::default()
    };
    let mut ledger = LedgerServiceClient::new(stack.channel(0));
    let answer = ledger.list_ledger_entries(request).await;
    answer
        .expect("ledger entries are listed")
        .into_inner()
        .entries
}

/// Credits less debits of one account of the order, in units of 10⁻⁹ of the currency.
///
/// # Panics
/// When the entries cannot be listed.
pub async fn owed(stack: &Stack, order: &Order, account: &str) -> i128 {
    let entries = entries(stack, order).await;
    let of_account = entries.iter().filter(|entry| entry.account == account);
    of_account
        .map(|entry| match entry.direction() {
            EntryDirection::Credit => amount(entry.amount.as_ref()),
            EntryDirection::Debit => -amount(entry.amount.as_ref()),
            EntryDirection::Unspecified => panic!("an entry without a direction: {entry:?}"),
        })
        .sum()
}

fn currency(order: &Order) -> &str {
    let money = order.total.as_ref().or(order.captured.as_ref());
    money.map_or("", |money| &money.currency_code)
}

/// `kept`: captured less refunded. Without a refund each account is owed its part of the total; after refunds the parts
/// sum to what is kept, and none exceeds its part of the total.
fn is_owed_as_shown(order: &Order, owed: &dyn Fn(&str) -> i128, kept: i128) {
    let parts = [
        ("organizer_payable", amount(order.subtotal.as_ref())),
        ("platform_fees", amount(order.booking_fee.as_ref())),
        ("tax", amount(order.tax.as_ref())),
    ];
    let sum: i128 = parts.iter().map(|(account, _)| owed(account)).sum();
    assert_eq!(sum, kept, "{order:?}");
    for (account, part) in parts {
        let found = owed(account);
        if amount(order.refunded.as_ref()) == 0 && order.state() == OrderState::Confirmed {
            assert_eq!(found, part, "{account} of {order:?}");
        }
        assert!(
            (0..=part).contains(&found),
            "{account} of {order:?}: {found}"
        );
    }
}

fn is_booked_and_paid(order: &Order, money: &OrderTotals, seats: &[&SoldSeat]) {
    let total = amount(order.total.as_ref());
    assert_eq!(amount(money.captured.as_ref()), total, "{money:?}");
    assert_eq!(amount(order.captured.as_ref()), total, "{order:?}");
    assert_eq!(
        amount(money.refunded.as_ref()),
        amount(order.refunded.as_ref()),
        "{money:?} {order:?}"
    );
    assert_eq!(money.effective_captures, i32::from(total > 0), "{money:?}");
    assert!(order.failure.is_none(), "{order:?}");
    let mut live: Vec<&str> = order
        .tickets
        .iter()
        .filter(|ticket| ticket.state() == TicketState::Booked)
        .map(|ticket| ticket.seat_id.as_str())
        .collect();
    let mut booked: Vec<&str> = seats.iter().map(|seat| seat.seat_id.as_str()).collect();
    live.sort_unstable();
    booked.sort_unstable();
    assert!(!live.is_empty(), "{order:?}");
    assert_eq!(
        live, booked,
        "the booked seats are those of the tickets that are not cancelled"
    );
    assert!(
        seats
            .iter()
            .all(|seat| seat.state() == SoldSeatState::Booked),
        "{seats:?}"
    );
}

fn is_undone(order: &Order, money: &OrderTotals, seats: &[&SoldSeat]) {
    assert!(
        seats.is_empty(),
        "an order that ended still has seats: {seats:?}"
    );
    assert_eq!(
        amount(money.captured.as_ref()),
        amount(money.refunded.as_ref()),
        "{money:?}"
    );
    assert_eq!(
        amount(order.captured.as_ref()),
        amount(order.refunded.as_ref()),
        "{order:?}"
    );
    let taken = amount(money.authorized.as_ref());
    let given_back = amount(money.voided.as_ref()) + amount(money.captured.as_ref());
    assert!(
        taken <= given_back,
        "a reservation was not released: {money:?}"
    );
    assert!(
        order.failure.is_some() || order.state() == OrderState::Cancelled,
        "{order:?}"
    );
}

/// Waits until the usage and the notification of a confirmed order are delivered: promise 7.
///
/// # Panics
/// When they are not within [`SOON`].
pub async fn are_delivered(stack: &Stack, order: &Order, units: i64) {
    let what = format!(
        "usage of {units} and a notification of order {}",
        order.order_id
    );
    until(&what, SOON, async || {
        let totals = stack.sandbox.totals("").await;
        let usage = totals
            .usage
            .iter()
            .find(|sum| sum.organization_id == order.organization_id);
        let notified = totals
            .notifications
            .iter()
            .filter(|sum| sum.order_id == order.order_id)
            .count();
        (usage.is_some_and(|sum| sum.units == units) && notified == 1).then_some(())
    })
    .await;
}
