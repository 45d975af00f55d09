//! Reads the ledger: entries in pages, newest first, and account balances.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect, Statement};

use super::page::{behind, cursor, one_more, paged};
use crate::domain::{
    Balance, Currency, LedgerEntry, LedgerFilter, Money, OrganizationId, Page, PageRequest,
};
use crate::store::connection::bounded;
use crate::store::entity::ledger;
use crate::store::{Error, Store, row};

#[derive(Debug, FromQueryResult)]
struct Sum {
    account: String,
    currency: String,
    minor: i64,
}

impl Store {
    /// A page of ledger entries, newest first. Rows that cannot be decoded are logged and skipped.
    pub async fn ledger_entries(
        &self,
        filter: &LedgerFilter,
        page: PageRequest,
    ) -> Result<Page<LedgerEntry>, Error> {
        use ledger::Column;
        let order = filter.order_id.map(|id| Column::OrderId.eq(id.uuid()));
        let account = filter.account.as_ref();
        let wanted = Condition::all()
            .add(Column::OrganizationId.eq(filter.organization_id.as_str()))
            .add_option(order)
            .add_option(account.map(|account| Column::Account.eq(account)))
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::EntryId, after)),
            );
        let rows = ledger::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::EntryId)
            .limit(one_more(page.size));
        let rows = bounded("list ledger entries", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &ledger::Model| cursor(row.create_us, row.entry_id);
        Ok(paged(rows, page.size, cursor, row::to_entry))
    }

    /// Debits minus credits per account and currency of one tenant, sorted by account, then currency. Reads all entries
    /// of the tenant.
    ///
    /// Errors: Corrupt for an account that this binary does not know, because omitting a balance would be wrong;
    /// Refused for a sum beyond 64 bits.
    pub async fn balances(&self, organization_id: &OrganizationId) -> Result<Vec<Balance>, Error> {
        let db = &self.pools.reads;
        // Hand-written: Postgres sums bigints as numeric, and the cast back fails if the sum does not fit.
        let sql = "SELECT account, currency, \
             CAST(SUM(CASE direction WHEN 'DEBIT' THEN minor ELSE -minor END) AS BIGINT) AS minor \
             FROM ledger_entries WHERE organization_id = $1 GROUP BY account, currency ORDER BY account, currency";
        let query = Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            [organization_id.as_str().into()],
        );
        let sums = bounded("sum ledger entries", Sum::find_by_statement(query).all(db)).await?;
        sums.into_iter().map(decode).collect()
    }
}

fn decode(sum: Sum) -> Result<Balance, Error> {
    let bad = |why: &dyn std::fmt::Display| Error::Corrupt {
        what: "balance",
        id: sum.account.clone(),
        why: why.to_string(),
    };
    let currency: Currency = sum.currency.parse().map_err(|e| bad(&e))?;
    Ok(Balance {
        account: sum.account.parse().map_err(|e| bad(&e))?,
        amount: Money::new(sum.minor, currency),
    })
}
