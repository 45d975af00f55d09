//! The ledger's rpcs: entries in pages, and balances that sum to zero.

use std::collections::BTreeMap;

use order_proto::order::v1::ledger_service_client::LedgerServiceClient;
use order_proto::order::v1::{
    EntryDirection, GetBalancesRequest, GetBalancesResponse, LedgerEntry, ListLedgerEntriesRequest,
    OrderState,
};
use order_tests::booking::organization;
use order_tests::promises::amount;
use order_tests::{Backend, Booking, Stack, on_both_backends};

on_both_backends!(
    transactions_sum_to_zero_and_balances_are_the_sums_of_entries,
    a_failed_order_has_no_ledger_entries,
    pages_of_entries_hold_each_once_newest_first,
    a_ledger_contains_one_tenant_only,
);

async fn book(stack: &Stack, tenant: &str, event_id: &str) -> String {
    let mut booking = Booking::new().for_organization(tenant);
    event_id.clone_into(&mut booking.event_id);
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    order.order_id
}

async fn entries(stack: &Stack, request: &ListLedgerEntriesRequest) -> Vec<LedgerEntry> {
    let mut request = request.clone();
    let mut found = Vec::new();
    loop {
        let page = LedgerServiceClient::new(stack.channel(0))
            .list_ledger_entries(request.clone())
            .await
            .expect("ledger entries are listed")
            .into_inner();
        found.extend(page.entries);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return found;
        }
    }
}

async fn balances(stack: &Stack, tenant: &str) -> GetBalancesResponse {
    let request = GetBalancesRequest {
        organization_id: tenant.to_owned(),
    };
    let answer = LedgerServiceClient::new(stack.channel(0))
        .get_balances(request)
        .await;
    answer.expect("balances are returned").into_inner()
}

fn of(tenant: &str) -> ListLedgerEntriesRequest {
    ListLedgerEntriesRequest {
        organization_id: tenant.to_owned(),
        ..Default::default()
    }
}

/// Debits minus credits for each name, in units of 10⁻⁹ of the currency.
fn sums(entries: &[LedgerEntry], name: impl Fn(&LedgerEntry) -> String) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        let currency = &entry
            .amount
            .as_ref()
            .expect("an amount is present")
            .currency_code;
        let sum: &mut i128 = sums
            .entry(format!("{} {currency}", name(entry)))
            .or_default();
        let minor = amount(entry.amount.as_ref());
        assert!(minor > 0, "{entry:?}");
        match entry.direction() {
            EntryDirection::Debit => *sum += minor,
            EntryDirection::Credit => *sum -= minor,
            EntryDirection::Unspecified => panic!("an entry has a side: {entry:?}"),
        }
    }
    sums
}

async fn transactions_sum_to_zero_and_balances_are_the_sums_of_entries(backend: Backend) {
    let (stack, tenant) = (Stack::on(backend).await, organization());
    book(&stack, &tenant, "concert-2031").await;
    book(&stack, &tenant, "concert-2031").await;
    book(&stack, &tenant, "opera-jpy").await;
    book(&stack, &tenant, "opera-kwd").await;
    let found = entries(&stack, &of(&tenant)).await;
    let transactions = sums(&found, |entry| entry.transaction_id.clone());
    assert!(transactions.len() >= 4, "{found:?}");
    assert!(
        transactions.values().all(|sum| *sum == 0),
        "{transactions:?}"
    );

    let shown = balances(&stack, &tenant).await;
    let shown: BTreeMap<String, i128> = shown
        .balances
        .iter()
        .map(|line| {
            let balance = line.balance.as_ref().expect("an amount is present");
            assert!(balance.units.signum() * i64::from(balance.nanos.signum()) >= 0);
            let name = format!("{} {}", line.account, balance.currency_code);
            (name, amount(Some(balance)))
        })
        .collect();
    assert_eq!(shown, sums(&found, |entry| entry.account.clone()));
    // 50 whole units per seat in every currency. The amount is owed to the organizer, so it is negative.
    let whole = 1_000_000_000;
    assert_eq!(shown["organizer_payable USD"], -100 * whole);
    assert_eq!(shown["organizer_payable JPY"], -50 * whole);
    assert_eq!(shown["organizer_payable KWD"], -50 * whole);
    assert_eq!(shown["provider_clearing USD"], 100 * whole);
}

async fn a_failed_order_has_no_ledger_entries(backend: Backend) {
    let (stack, tenant) = (Stack::on(backend).await, organization());
    let declined = Booking::new()
        .for_organization(&tenant)
        .with_token("tok_declined");
    assert_eq!(stack.book(&declined).await.state(), OrderState::Failed);
    assert_eq!(entries(&stack, &of(&tenant)).await, []);
    assert_eq!(balances(&stack, &tenant).await.balances, []);
}

async fn pages_of_entries_hold_each_once_newest_first(backend: Backend) {
    let (stack, tenant) = (Stack::on(backend).await, organization());
    let first = book(&stack, &tenant, "concert-2031").await;
    let last = book(&stack, &tenant, "concert-2031").await;
    let all = entries(&stack, &of(&tenant)).await;
    let small = ListLedgerEntriesRequest {
        page_size: 1,
        ..of(&tenant)
    };
    assert_eq!(entries(&stack, &small).await, all);
    assert_eq!(all.first().map(|entry| &entry.order_id), Some(&last));
    assert_eq!(all.last().map(|entry| &entry.order_id), Some(&first));

    let of_first = ListLedgerEntriesRequest {
        order_id: first.to_uppercase(),
        ..of(&tenant)
    };
    let found = entries(&stack, &of_first).await;
    assert_eq!(found.len() * 2, all.len());
    assert!(found.iter().all(|entry| entry.order_id == first));
    let of_account = ListLedgerEntriesRequest {
        account: "organizer_payable".to_owned(),
        ..of_first
    };
    let found = entries(&stack, &of_account).await;
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|entry| entry.account == "organizer_payable")
    );
}

async fn a_ledger_contains_one_tenant_only(backend: Backend) {
    let (stack, tenant, other) = (Stack::on(backend).await, organization(), organization());
    let api = stack.api();
    book(&stack, &tenant, "concert-2031").await;
    book(&stack, &other, "concert-2031").await;
    let found = entries(&stack, &of(&tenant)).await;
    assert!(found.iter().all(|entry| entry.organization_id == tenant));

    let page = format!("/v1/ledger/entries?organization_id={tenant}&page_size=1");
    let token = api.get(&page).await.ok()["nextPageToken"]
        .as_str()
        .expect("there is a next page")
        .to_owned();
    for list in [
        format!("/v1/ledger/entries?organization_id={other}&page_token={token}"),
        format!("/v1/ledger/entries?organization_id={tenant}&account=tax&page_token={token}"),
        format!("/v1/orders?organization_id={tenant}&page_token={token}"),
    ] {
        let reply = api.get(&list).await;
        assert_eq!(
            (reply.status, reply.reason().as_str()),
            (400, "PAGE_TOKEN_INVALID"),
            "{list}"
        );
    }
    for path in ["/v1/ledger/entries", "/v1/ledger/balances"] {
        let reply = api.get(path).await;
        assert_eq!(reply.status, 400, "{reply:?}");
        assert_eq!(reply.fields(), ["organizationId"]);
    }
}
