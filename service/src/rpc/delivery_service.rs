//! `order.v1.DeliveryService`: shows operators what is on its way out, and tries it again.

use order_proto::order::v1::delivery_service_server::DeliveryService;
use order_proto::order::v1::{
    Delivery, ListDeliveriesRequest, ListDeliveriesResponse, RetryDeliveryRequest,
};
use tonic::{Request, Response, Status};

use super::{Pages, UseCases, call, page, parse, render, status};
use crate::domain::{DeliveryState, Disposition};
use crate::error::Error;

/// The rpcs for usage and notifications on their way out.
#[derive(Debug)]
pub(super) struct Deliveries<U> {
    use_cases: U,
    pages: Pages,
}

impl<U> Deliveries<U> {
    pub(super) fn new(use_cases: U, pages: Pages) -> Self {
        Self { use_cases, pages }
    }
}

#[tonic::async_trait]
impl<U: UseCases> DeliveryService for Deliveries<U> {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(|error| status(&error))
    }

    async fn retry_delivery(
        &self,
        request: Request<RetryDeliveryRequest>,
    ) -> Result<Response<Delivery>, Status> {
        let claim = call::claim(&request);
        let delivery_id =
            parse::retry_delivery(request.get_ref()).map_err(|error| status(&error))?;
        let retried = self.use_cases.retry_delivery(delivery_id, claim).await;
        let (delivery, replayed) = retried.map_err(|error| status(&error))?;
        let disposition = Disposition {
            replayed,
            // One that is PENDING moves by itself: a repeat is answered anew.
            storable: !replayed && delivery.state == DeliveryState::Delivered,
            ..Disposition::default()
        };
        let mut response = Response::new(render::delivery(delivery));
        response.extensions_mut().insert(disposition);
        Ok(response)
    }
}

impl<U: UseCases> Deliveries<U> {
    async fn list(&self, request: ListDeliveriesRequest) -> Result<ListDeliveriesResponse, Error> {
        let filter = parse::list_deliveries(&request)?;
        let list = page::List::of_deliveries(&request);
        let after = self.pages.open(&list, &request.page_token)?;
        let wanted = page::request(after, request.page_size);
        let found = self.use_cases.list_deliveries(&filter, wanted).await?;
        Ok(ListDeliveriesResponse {
            deliveries: found.items.into_iter().map(render::delivery).collect(),
            next_page_token: self.pages.next(&list, found.next),
        })
    }
}
