//! `order.v1.SagaService`: shows operators what sagas do, and lets them act.

use order_proto::order::v1::saga_service_server::SagaService;
use order_proto::order::v1::{
    CompensateSagaRequest, GetSagaRequest, ListSagasRequest, ListSagasResponse, ResolveSagaRequest,
    RetrySagaRequest, Saga, WatchSagasRequest,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{Pages, UseCases, call, page, parse, render, status, watch};
use crate::domain::{Disposition, Operate};
use crate::error::Error;

/// The rpcs for operators.
#[derive(Debug)]
pub(super) struct Sagas<U> {
    use_cases: U,
    pages: Pages,
    closing: CancellationToken,
}

impl<U> Sagas<U> {
    pub(super) fn new(use_cases: U, pages: Pages, closing: CancellationToken) -> Self {
        Self {
            use_cases,
            pages,
            closing,
        }
    }
}

#[tonic::async_trait]
impl<U: UseCases> SagaService for Sagas<U> {
    async fn get_saga(&self, request: Request<GetSagaRequest>) -> Result<Response<Saga>, Status> {
        let saga_id = parse::get_saga(request.get_ref()).map_err(|error| status(&error))?;
        let found = self.use_cases.get_saga(saga_id).await;
        let (saga, history) = found.map_err(|error| status(&error))?;
        Ok(Response::new(render::saga(saga, history)))
    }

    async fn list_sagas(
        &self,
        request: Request<ListSagasRequest>,
    ) -> Result<Response<ListSagasResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(|error| status(&error))
    }

    async fn retry_saga(
        &self,
        request: Request<RetrySagaRequest>,
    ) -> Result<Response<Saga>, Status> {
        self.operate(request, parse::retry_saga).await
    }

    async fn compensate_saga(
        &self,
        request: Request<CompensateSagaRequest>,
    ) -> Result<Response<Saga>, Status> {
        self.operate(request, parse::compensate_saga).await
    }

    async fn resolve_saga(
        &self,
        request: Request<ResolveSagaRequest>,
    ) -> Result<Response<Saga>, Status> {
        self.operate(request, parse::resolve_saga).await
    }

    type WatchSagasStream = watch::Answers<Saga>;

    async fn watch_sagas(
        &self,
        request: Request<WatchSagasRequest>,
    ) -> Result<Response<Self::WatchSagasStream>, Status> {
        let filter = parse::watch_sagas(request.into_inner()).map_err(|error| status(&error))?;
        let changes = self.use_cases.watch_sagas(filter).await;
        let changes = changes.map_err(|error| status(&error))?;
        let answers = watch::answers(changes, self.closing.clone(), |saga| {
            render::saga(saga, Vec::new())
        });
        Ok(Response::new(answers))
    }
}

impl<U: UseCases> Sagas<U> {
    async fn operate<M: Send>(
        &self,
        request: Request<M>,
        parse: fn(M) -> Result<Operate, Error>,
    ) -> Result<Response<Saga>, Status> {
        let (claim, actor) = (call::claim(&request), call::actor(&request));
        let mut command = parse(request.into_inner()).map_err(|error| status(&error))?;
        command.claim = claim;
        command.actor = actor;
        let operated = self.use_cases.operate_saga(command).await;
        let operated = operated.map_err(|error| status(&error))?;
        let disposition = Disposition {
            replayed: operated.replayed,
            // A saga that moves is answered anew to each repeat (RULE 22).
            storable: operated.saga.state.is_at_rest(),
            age: operated.age,
        };
        let mut response = Response::new(render::saga(operated.saga, operated.history));
        response.extensions_mut().insert(disposition);
        Ok(response)
    }

    async fn list(&self, request: ListSagasRequest) -> Result<ListSagasResponse, Error> {
        let filter = parse::list_sagas(&request)?;
        let list = page::List::of_sagas(&request);
        let after = self.pages.open(&list, &request.page_token)?;
        let wanted = page::request(after, request.page_size);
        let found = self.use_cases.list_sagas(&filter, wanted).await?;
        Ok(ListSagasResponse {
            sagas: found
                .items
                .into_iter()
                .map(|saga| render::saga(saga, Vec::new()))
                .collect(),
            next_page_token: self.pages.next(&list, found.next),
        })
    }
}
