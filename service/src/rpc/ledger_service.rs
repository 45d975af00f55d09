//! `order.v1.LedgerService`: described, and not built yet.

use order_proto::order::v1::ledger_service_server::LedgerService;
use order_proto::order::v1::{
    GetBalancesRequest, GetBalancesResponse, ListLedgerEntriesRequest, ListLedgerEntriesResponse,
};
use tonic::{Request, Response, Status};

use super::status;
use crate::error::Error;

/// The rpcs for the books.
#[derive(Debug)]
pub(super) struct Ledger;

#[tonic::async_trait]
impl LedgerService for Ledger {
    async fn list_ledger_entries(
        &self,
        _: Request<ListLedgerEntriesRequest>,
    ) -> Result<Response<ListLedgerEntriesResponse>, Status> {
        Err(status(&Error::NotImplemented))
    }

    async fn get_balances(
        &self,
        _: Request<GetBalancesRequest>,
    ) -> Result<Response<GetBalancesResponse>, Status> {
        Err(status(&Error::NotImplemented))
    }
}
