//! Requests of the ledger service.

use order_proto::order::v1::{GetBalancesRequest, ListLedgerEntriesRequest};

use super::broken::Broken;
use super::queries::optional;
use crate::domain::{LedgerFilter, OrganizationId};
use crate::error::Error;

pub(in crate::rpc) fn list_ledger_entries(
    message: &ListLedgerEntriesRequest,
) -> Result<LedgerFilter, Error> {
    let mut broken = Broken::of(message)?;
    let organization_id = broken.keep("organizationId", message.organization_id.parse());
    let order_id = optional(&message.order_id, "orderId", &mut broken);
    let Some(organization_id) = organization_id else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(LedgerFilter {
        organization_id,
        order_id,
        account: Some(message.account.clone()).filter(|account| !account.is_empty()),
    })
}

pub(in crate::rpc) fn get_balances(message: &GetBalancesRequest) -> Result<OrganizationId, Error> {
    let mut broken = Broken::of(message)?;
    let organization_id = broken.keep("organizationId", message.organization_id.parse());
    organization_id.ok_or_else(|| broken.into_error())
}
