//! The layer in a real tonic server, between gRPC-web and a generated service: extensions and metadata reach the other side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::order_service_server::{OrderService, OrderServiceServer};
use order_proto::order::v1::{
    CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, ListOrdersResponse,
    Order, RefundOrderRequest, WatchOrderRequest,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};

use super::super::Layer;
use super::bench::{FINAL, booking, embedded};
use crate::domain::{Claim, InDoubt};

/// Replies to the event `lost` as if the commit's outcome were unknown, and confirms every other booking.
#[derive(Default)]
struct Booker {
    booked: AtomicUsize,
}

#[tonic::async_trait]
impl OrderService for Booker {
    type WatchOrderStream = tokio_stream::Empty<Result<Order, Status>>;

    async fn create_order(
        &self,
        request: Request<CreateOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let claim: Option<&Claim> = request.extensions().get();
        let key = claim.map(|claim| claim.scope.key.clone());
        if request.get_ref().event_id == "lost" {
            let mut status = Status::unavailable("lost");
            status.set_source(Arc::new(InDoubt));
            return Err(status);
        }
        let number = self.booked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut response = Response::new(Order {
            order_id: number.to_string(),
            metadata: [("key".to_owned(), key.unwrap_or_default())].into(),
            ..Default::default()
        });
        response.extensions_mut().insert(FINAL);
        Ok(response)
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }

    async fn list_orders(
        &self,
        _: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        Ok(Response::new(ListOrdersResponse::default()))
    }

    async fn cancel_order(
        &self,
        _: Request<CancelOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }

    async fn refund_order(
        &self,
        _: Request<RefundOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }

    async fn watch_order(
        &self,
        _: Request<WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }
}

async fn client() -> OrderServiceClient<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = Server::builder()
        .accept_http1(true)
        .layer(tonic_web::GrpcWebLayer::new())
        .layer(Layer::new(embedded()))
        .add_service(OrderServiceServer::new(Booker::default()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    OrderServiceClient::connect(format!("http://{address}"))
        .await
        .expect("the server listens")
}

fn keyed(request: CreateOrderRequest, key: &str) -> Request<CreateOrderRequest> {
    let mut request = Request::new(request);
    let metadata = request.metadata_mut();
    metadata.insert("idempotency-key", key.parse().expect("a value"));
    request
}

fn marked<T>(response: &Response<T>) -> bool {
    let mark = response.metadata().get("idempotent-replayed");
    mark.is_some_and(|mark| mark == "true")
}

#[tokio::test]
async fn a_repeat_over_the_wire_is_the_same_order_marked() {
    let mut client = client().await;
    let first = client.create_order(keyed(booking("ann"), "k")).await;
    let again = client.create_order(keyed(booking("ann"), "k")).await;
    let (first, again) = (first.expect("booked"), again.expect("replayed"));
    assert!(!marked(&first) && marked(&again));
    assert_eq!(first.get_ref().order_id, "1");
    assert_eq!(first.get_ref().metadata["key"], "k");
    assert_eq!(first.get_ref(), again.get_ref());
}

#[tokio::test]
async fn another_request_over_the_wire_is_an_error_like_the_handlers_own() {
    let mut client = client().await;
    let first = client.create_order(keyed(booking("ann"), "k")).await;
    assert!(first.is_ok());
    let mut other = booking("ann");
    other.event_id = "ga-circus".into();
    let refused = client.create_order(keyed(other, "k")).await;
    let status = refused.expect_err("the key is taken");
    assert_eq!(
        (status.code(), status.message()),
        (Code::Aborted, "KeyReused")
    );
}

#[tokio::test]
async fn a_doubt_in_the_statuss_source_is_seen() {
    let mut client = client().await;
    let mut lost = booking("ann");
    lost.event_id = "lost".into();
    let first = client.create_order(keyed(lost.clone(), "k")).await;
    assert_eq!(first.expect_err("lost").message(), "lost");
    let again = client.create_order(keyed(lost, "k")).await;
    assert_eq!(again.expect_err("in doubt").message(), "KeyInUse");
}
