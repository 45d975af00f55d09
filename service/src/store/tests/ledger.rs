//! The ledger: pages of entries, balances, and the constraints that Postgres enforces.

use sea_orm::{ConnectionTrait, Statement};

use super::bench::Bench;
use super::fixtures::{apply, begin, entries, order, usd};
use crate::domain::{
    Account, Balance, Direction, LedgerEntry, LedgerFilter, Money, OrganizationId, Outcome,
    PageRequest,
};
use crate::store::journal::Journal;
use crate::store::{Error, Store};

super::on_both! {
    entry_pages_are_newest_first_and_hold_each_entry_once,
    filters_exclude_other_entries,
    balances_are_debits_minus_credits_per_account_and_currency,
}

fn acme() -> OrganizationId {
    "acme".parse().expect("an id")
}

fn everything() -> LedgerFilter {
    LedgerFilter {
        organization_id: acme(),
        order_id: None,
        account: None,
    }
}

/// Commits an order with one ledger transaction, from buyer to organizer.
async fn booked(store: &Store, change: impl Fn(&mut LedgerEntry)) -> Vec<LedgerEntry> {
    let mut commit = begin(order(store.now()));
    let made = commit.order.as_ref().expect("it has an order");
    commit.ledger = entries(&made.order);
    commit.ledger.iter_mut().for_each(change);
    apply(store, &commit).await;
    commit.ledger
}

async fn listed(store: &Store, filter: &LedgerFilter) -> Vec<LedgerEntry> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { after, size: 3 };
        let page = store.ledger_entries(filter, page).await.expect("it lists");
        assert!(page.items.len() <= 3);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn entry_pages_are_newest_first_and_hold_each_entry_once(bench: &Bench) {
    let mut made = Vec::new();
    for _ in 0..4 {
        made.extend(booked(&bench.store, |_| {}).await);
    }
    made.sort_by_key(|entry| (entry.create_time, entry.entry_id));
    made.reverse();
    assert_eq!(listed(&bench.store, &everything()).await, made);
}

async fn filters_exclude_other_entries(bench: &Bench) {
    let store = &bench.store;
    let one = booked(store, |_| {}).await;
    booked(store, |_| {}).await;
    booked(store, |entry| {
        entry.organization_id = "other".parse().expect("an id");
    })
    .await;
    assert_eq!(listed(store, &everything()).await.len(), 4);
    let mut of_order = everything();
    of_order.order_id = Some(one[0].order_id);
    assert_eq!(listed(store, &of_order).await.len(), 2);
    of_order.account = Some("buyer".into());
    let found = listed(store, &of_order).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account, Account::Buyer);
    of_order.account = Some("no_such_account".into());
    assert_eq!(listed(store, &of_order).await, []);
}

async fn balances_are_debits_minus_credits_per_account_and_currency(bench: &Bench) {
    let store = &bench.store;
    let yen = Money::new(700, "JPY".parse().expect("a known code"));
    booked(store, |_| {}).await;
    booked(store, |_| {}).await;
    booked(store, |entry| entry.amount = yen).await;
    // A transaction in the opposite direction.
    booked(store, |entry| {
        entry.amount = usd(1_025);
        entry.direction = match entry.direction {
            Direction::Debit => Direction::Credit,
            Direction::Credit => Direction::Debit,
        };
    })
    .await;
    let balance = |account, amount| Balance { account, amount };
    let owed = Money::new(-700, yen.currency);
    assert_eq!(
        store.balances(&acme()).await.expect("it balances"),
        [
            balance(Account::Buyer, yen),
            balance(Account::Buyer, usd(8_975)),
            balance(Account::OrganizerPayable, owed),
            balance(Account::OrganizerPayable, usd(-8_975)),
        ]
    );
    let other = "other".parse().expect("an id");
    assert_eq!(store.balances(&other).await.expect("it balances"), []);
}

/// The error that the database reports for a statement.
async fn refusal(bench: &Bench, sql: &str) -> String {
    let db = &bench.store.pools.writes;
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let refused = db.execute_raw(statement).await;
    refused.expect_err("it must be refused").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_refuses_a_transaction_that_does_not_sum_to_zero() {
    let bench = Bench::postgres().await;
    let mut commit = begin(order(bench.store.now()));
    let made = commit.order.as_ref().expect("it has an order");
    commit.ledger = entries(&made.order);
    commit.ledger[0].amount = usd(4_999);
    let refused = bench.store.commit(commit.clone()).await;
    assert_eq!(imbalance(refused), "USD");
    let found = bench.store.order(commit.saga.order_id).await;
    assert_eq!(found.expect("it reads"), None, "nothing was written");

    // Balanced in total, but not in each currency.
    let mut mixed = begin(order(bench.store.now()));
    let made = mixed.order.as_ref().expect("it has an order");
    mixed.ledger = entries(&made.order);
    mixed.ledger[0].amount = Money::new(5_000, "EUR".parse().expect("a known code"));
    let refused = bench.store.commit(mixed).await;
    assert_ne!(imbalance(refused), "", "each currency must balance");
    assert_eq!(listed(&bench.store, &everything()).await, []);
    bench.close().await;
}

/// The currency in which Postgres found a transaction not to sum to zero.
fn imbalance(refused: Result<Outcome, Error>) -> String {
    let Err(Error::Refused { source, .. }) = refused else {
        panic!("it must be refused: {refused:?}");
    };
    let text = source.to_string();
    let (_, currency) = text
        .split_once("does not sum to zero in ")
        .unwrap_or_else(|| panic!("refused for another reason: {text}"));
    currency.chars().take(3).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_refuses_to_change_ledger_entries() {
    let bench = Bench::postgres().await;
    let made = booked(&bench.store, |_| {}).await;
    for sql in [
        "UPDATE ledger_entries SET minor = minor + 1",
        "DELETE FROM ledger_entries",
    ] {
        let error = refusal(&bench, sql).await;
        assert!(error.contains("only ever added to"), "{sql}: {error}");
    }
    assert_eq!(listed(&bench.store, &everything()).await.len(), made.len());
    bench.close().await;
}
