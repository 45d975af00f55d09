//! Compares an order with the ledger: every transaction balances, and provider clearing equals captured less refunded.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::finding::{Findings, Kind};
use crate::domain::{Account, Direction, LedgerEntry};
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
    let taken = side(entries, Direction::Debit);
    findings.compare(kind, "debits of provider_clearing", &captured, &taken);
    let refunded = Amount::of(order.refunded);
    let returned = side(entries, Direction::Credit);
    findings.compare(kind, "credits of provider_clearing", &refunded, &returned);
    for account in [Account::Buyer, Account::Refunds, Account::Suspense] {
        let what = format!("balance of {}", account.as_str());
        let nothing = Amount::default();
        findings.compare(kind, &what, &nothing, &balance(entries, account));
    }
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
