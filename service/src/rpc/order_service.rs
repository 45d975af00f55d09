//! `order.v1.OrderService`: books seats, and shows the bookings.

use order_proto::order::v1::order_service_server::OrderService;
use order_proto::order::v1::{
    CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, ListOrdersResponse,
    Order, RefundOrderRequest, WatchOrderRequest,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{Pages, UseCases, call, page, parse, render, status, watch};
use crate::app::OrderReply;
use crate::domain::{Disposition, RefundState};
use crate::error::Error;

/// The rpcs for buyers.
#[derive(Debug)]
pub(super) struct Orders<U> {
    use_cases: U,
    pages: Pages,
    closing: CancellationToken,
}

impl<U> Orders<U> {
    pub(super) fn new(use_cases: U, pages: Pages, closing: CancellationToken) -> Self {
        Self {
            use_cases,
            pages,
            closing,
        }
    }
}

#[tonic::async_trait]
impl<U: UseCases> OrderService for Orders<U> {
    async fn create_order(
        &self,
        request: Request<CreateOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let parsed = call::command(request, parse::create_order);
        let (command, wait) = parsed.map_err(|error| status(&error))?;
        answer(self.use_cases.create_order(command, wait).await)
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let order_id = parse::get_order(request.get_ref()).map_err(|error| status(&error))?;
        let order = self.use_cases.get_order(order_id).await;
        let order = order.map_err(|error| status(&error))?;
        Ok(Response::new(render::order(order)))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(|error| status(&error))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let parsed = call::command(request, parse::cancel_order);
        let (command, wait) = parsed.map_err(|error| status(&error))?;
        answer(self.use_cases.cancel_order(command, wait).await)
    }

    async fn refund_order(
        &self,
        request: Request<RefundOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let parsed = call::command(request, parse::refund_order);
        let (command, wait) = parsed.map_err(|error| status(&error))?;
        answer(self.use_cases.refund_order(command, wait).await)
    }

    type WatchOrderStream = watch::Answers<Order>;

    async fn watch_order(
        &self,
        request: Request<WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        let order_id = parse::watch_order(request.get_ref()).map_err(|error| status(&error))?;
        let changes = self.use_cases.watch_order(order_id).await;
        let changes = changes.map_err(|error| status(&error))?;
        let closing = self.closing.clone();
        Ok(Response::new(watch::answers(
            changes,
            closing,
            render::order,
        )))
    }
}

impl<U: UseCases> Orders<U> {
    async fn list(&self, request: ListOrdersRequest) -> Result<ListOrdersResponse, Error> {
        let filter = parse::list_orders(&request)?;
        let list = page::List::of_orders(&request);
        let after = self.pages.open(&list, &request.page_token)?;
        let wanted = page::request(after, request.page_size);
        let found = self.use_cases.list_orders(&filter, wanted).await?;
        Ok(ListOrdersResponse {
            orders: found.items.into_iter().map(render::order).collect(),
            next_page_token: self.pages.next(&list, found.next),
        })
    }
}

/// The order, and whether the key layer may keep the answer.
fn answer(placed: Result<OrderReply, Error>) -> Result<Response<Order>, Status> {
    let placed = placed.map_err(|error| status(&error))?;
    let disposition = Disposition {
        replayed: placed.replayed,
        storable: is_storable(&placed.order),
        age: placed.age,
    };
    let mut response = Response::new(render::order(placed.order));
    response.extensions_mut().insert(disposition);
    Ok(response)
}

/// Whether a repeat may be given the same bytes: not while the order, or money of it, still moves.
fn is_storable(order: &crate::domain::Order) -> bool {
    let refunds_known = order
        .refunds
        .iter()
        .all(|refund| refund.state != RefundState::Pending);
    order.state.is_at_rest() && refunds_known
}
