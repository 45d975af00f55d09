//! The account `suspense`: money that was captured unasked, until it is returned.

use crate::domain::{Account, Direction, Money, Transaction};
use crate::saga::Change;

/// Posts an amount that the provider captured unasked.
pub(super) fn found(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(change, "unasked_capture", clearing, suspense, amount);
}

/// Posts its return.
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

/// Posts that its return failed after it had succeeded.
pub(super) fn bounced(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(
        change,
        Transaction::BOUNCED_REFUND,
        clearing,
        suspense,
        amount,
    );
}

/// Posts that it was kept when an operator settled the order: it belongs to the sale.
pub(super) fn kept(change: &mut Change, amount: Money) {
    let (clearing, suspense) = (Account::ProviderClearing, Account::Suspense);
    post(
        change,
        Transaction::KEPT_CAPTURE,
        suspense,
        clearing,
        amount,
    );
}

fn post(change: &mut Change, kind: &'static str, debit: Account, credit: Account, amount: Money) {
    let postings = [
        (debit, Direction::Debit, amount),
        (credit, Direction::Credit, amount),
    ];
    let transaction = Transaction::new(kind, &postings).expect("one amount on both sides balances");
    change.ledger.push(transaction);
}
