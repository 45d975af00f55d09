//! Looks into the books.

use super::{App, store_error};
use crate::domain::{Balance, LedgerEntry, LedgerFilter, OrganizationId, Page, PageRequest};
use crate::error::Error;

impl App {
    /// One page of ledger entries. Errors: StoreUnavailable.
    pub async fn list_ledger_entries(
        &self,
        filter: &LedgerFilter,
        page: PageRequest,
    ) -> Result<Page<LedgerEntry>, Error> {
        let found = self.0.store.ledger_entries(filter, page).await;
        found.map_err(store_error)
    }

    /// What each account of a tenant comes to, per currency. Errors: StoreUnavailable.
    pub async fn get_balances(
        &self,
        organization_id: &OrganizationId,
    ) -> Result<Vec<Balance>, Error> {
        let found = self.0.store.balances(organization_id).await;
        found.map_err(store_error)
    }
}
