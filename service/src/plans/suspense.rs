//! Money that nobody asked for: booked as nobody's when it is found, and out again when it is returned.

use crate::domain::{Account, Direction, Money, Transaction};
use crate::saga::Change;

/// Books an amount that the provider took unasked.
pub(super) fn found(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(change, "unasked_capture", clearing, suspense, amount);
}

/// Books that the provider gave it back.
pub(super) fn returned(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(
        change,
        "unasked_capture_returned",
        suspense,
        clearing,
        amount,
    );
}

/// Books that it was kept after all, by whoever settled the order: it is the sale's now.
pub(super) fn kept(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(change, "unasked_capture_kept", suspense, clearing, amount);
}

fn post(change: &mut Change, kind: &'static str, debit: Account, credit: Account, amount: Money) {
    let postings = [
        (debit, Direction::Debit, amount),
        (credit, Direction::Credit, amount),
    ];
    let transaction = Transaction::new(kind, &postings).expect("one amount on both sides balances");
    change.ledger.push(transaction);
}
