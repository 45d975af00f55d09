//! Converts ledger entries.

use super::encoding::corrupt;
use crate::domain::{Currency, LedgerEntry, Money, Timestamp};
use crate::store::entity::ledger;
use crate::store::error::Error;

pub(crate) fn from_entry(entry: &LedgerEntry) -> ledger::Model {
    ledger::Model {
        entry_id: entry.entry_id.uuid(),
        transaction_id: entry.transaction_id.uuid(),
        organization_id: entry.organization_id.to_string(),
        order_id: entry.order_id.uuid(),
        account: entry.account.as_str().to_owned(),
        direction: entry.direction.as_str().to_owned(),
        currency: entry.amount.currency.code().to_owned(),
        minor: entry.amount.minor,
        kind: entry.kind.clone(),
        create_us: entry.create_time.micros(),
    }
}

pub(crate) fn to_entry(row: ledger::Model) -> Result<LedgerEntry, Error> {
    let bad = corrupt("ledger entry", row.entry_id);
    let currency: Currency = row.currency.parse().map_err(|e| bad(&e))?;
    Ok(LedgerEntry {
        entry_id: row.entry_id.into(),
        transaction_id: row.transaction_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        order_id: row.order_id.into(),
        account: row.account.parse().map_err(|e| bad(&e))?,
        direction: row.direction.parse().map_err(|e| bad(&e))?,
        amount: Money::new(row.minor, currency),
        kind: row.kind,
        create_time: Timestamp::from_micros(row.create_us),
    })
}
