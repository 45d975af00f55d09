//! Compares an order with the ledger: every transaction balances, provider clearing equals captured less refunded, and
//! payable, fees and tax equal the sale less what refunds took from each.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::finding::{Findings, Kind};
use super::standing::was_confirmed;
use crate::domain::{Account, Direction, LedgerEntry, Money, Shares, Transaction};
use crate::store::OrderRecords;

pub(super) fn check(records: &OrderRecords, findings: &mut Findings) {
    let entries = &records.entries;
    let mut transactions: BTreeMap<_, Amount> = BTreeMap::new();
    for entry in entries {
        let sum = transactions.entry(entry.transaction_id).or_default();
        sum.add(entry.amount.currency, signed(entry));
    }
    for (transaction_id, sum) in transactions {
        if !sum.is_nothing() {
            let id = Some(("transaction_id", transaction_id.to_string()));
            let kind = Kind::LedgerUnbalanced;
            findings.note(kind, id, "debits less credits 0", sum.to_string());
        }
    }
    let order = &records.order;
    let kind = Kind::LedgerMoney;
    let captured = Amount::of(order.captured);
    let mut taken = side(entries, Direction::Debit);
    taken.take(&counted_twice(entries));
    findings.compare(kind, "debits of provider_clearing", &captured, &taken);
    let refunded = Amount::of(order.refunded);
    let mut returned = side(entries, Direction::Credit);
    returned.take(&counted_twice(entries));
    findings.compare(kind, "credits of provider_clearing", &refunded, &returned);
    for account in [Account::Buyer, Account::Refunds, Account::Suspense] {
        let what = format!("balance of {}", account.as_str());
        let nothing = Amount::default();
        findings.compare(kind, &what, &nothing, &balance(entries, account));
    }
    for (account, owed) in owed(records) {
        let what = format!("credit balance of {}", account.as_str());
        let mut found = Amount::default();
        found.take(&balance(entries, account));
        findings.compare(kind, &what, &owed, &found);
    }
}

/// What the order owes to the organizer, the platform and the tax office: the sale less the shares of its refunds.
fn owed(records: &OrderRecords) -> [(Account, Amount); 3] {
    let order = &records.order;
    let sold = order.charges.filter(|_| was_confirmed(records));
    let returned = || order.refunds.iter().filter_map(|refund| refund.shares);
    let owed = |sold: Option<Money>,
                returned: fn(Shares) -> Money,
                shares: &mut dyn Iterator<Item = Shares>| {
        let mut owed = Amount::of(sold);
        owed.take(&Amount::of(shares.map(returned)));
        owed
    };
    [
        (
            Account::OrganizerPayable,
            owed(
                sold.map(|sold| sold.subtotal),
                |one| one.payable,
                &mut returned(),
            ),
        ),
        (
            Account::PlatformFees,
            owed(
                sold.map(|sold| sold.booking_fee),
                |one| one.fees,
                &mut returned(),
            ),
        ),
        (
            Account::Tax,
            owed(sold.map(|sold| sold.tax), |one| one.tax, &mut returned()),
        ),
    ]
}

/// Money that entries of provider clearing count on both sides: a capture that became part of a sale, which debits it
/// again, and a refund that failed after it had succeeded.
fn counted_twice(entries: &[LedgerEntry]) -> Amount {
    let clearing = |entry: &&LedgerEntry| {
        let kinds = [Transaction::KEPT_CAPTURE, Transaction::BOUNCED_REFUND];
        entry.account == Account::ProviderClearing && kinds.contains(&entry.kind.as_str())
    };
    Amount::of(entries.iter().filter(clearing).map(|entry| entry.amount))
}

fn side(entries: &[LedgerEntry], direction: Direction) -> Amount {
    let of_provider = entries
        .iter()
        .filter(|entry| entry.account == Account::ProviderClearing && entry.direction == direction);
    Amount::of(of_provider.map(|entry| entry.amount))
}

fn balance(entries: &[LedgerEntry], account: Account) -> Amount {
    let mut sum = Amount::default();
    for entry in entries.iter().filter(|entry| entry.account == account) {
        sum.add(entry.amount.currency, signed(entry));
    }
    sum
}

/// Debits are positive, credits negative.
fn signed(entry: &LedgerEntry) -> i128 {
    match entry.direction {
        Direction::Debit => entry.amount.minor.into(),
        Direction::Credit => -i128::from(entry.amount.minor),
    }
}
