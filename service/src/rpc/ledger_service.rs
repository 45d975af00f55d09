//! `order.v1.LedgerService`: shows the books.

use order_proto::order::v1::ledger_service_server::LedgerService;
use order_proto::order::v1::{
    GetBalancesRequest, GetBalancesResponse, ListLedgerEntriesRequest, ListLedgerEntriesResponse,
};
use tonic::{Request, Response, Status};

use super::{Pages, UseCases, page, parse, render, status};
use crate::error::Error;

/// The rpcs for the books.
#[derive(Debug)]
pub(super) struct Ledger<U> {
    use_cases: U,
    pages: Pages,
}

impl<U> Ledger<U> {
    pub(super) fn new(use_cases: U, pages: Pages) -> Self {
        Self { use_cases, pages }
    }
}

#[tonic::async_trait]
impl<U: UseCases> LedgerService for Ledger<U> {
    async fn list_ledger_entries(
        &self,
        request: Request<ListLedgerEntriesRequest>,
    ) -> Result<Response<ListLedgerEntriesResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(|error| status(&error))
    }

    async fn get_balances(
        &self,
        request: Request<GetBalancesRequest>,
    ) -> Result<Response<GetBalancesResponse>, Status> {
        let organization_id =
            parse::get_balances(request.get_ref()).map_err(|error| status(&error))?;
        let found = self.use_cases.get_balances(&organization_id).await;
        let found = found.map_err(|error| status(&error))?;
        Ok(Response::new(GetBalancesResponse {
            balances: found.into_iter().map(render::balance).collect(),
        }))
    }
}

impl<U: UseCases> Ledger<U> {
    async fn list(
        &self,
        request: ListLedgerEntriesRequest,
    ) -> Result<ListLedgerEntriesResponse, Error> {
        let filter = parse::list_ledger_entries(&request)?;
        let list = page::List::of_ledger_entries(&request);
        let after = self.pages.open(&list, &request.page_token)?;
        let wanted = page::request(after, request.page_size);
        let found = self.use_cases.list_ledger_entries(&filter, wanted).await?;
        Ok(ListLedgerEntriesResponse {
            entries: found.items.into_iter().map(render::ledger_entry).collect(),
            next_page_token: self.pages.next(&list, found.next),
        })
    }
}
