//! The server behind the gateways that `tests/bench/gateway` measures: a bare tonic server of `order.v1.OrderService`.
//!
//! Owns which rpc returns which size of order. Stores nothing and validates nothing.

mod answers;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use order_proto::order::v1::order_service_server::{OrderService, OrderServiceServer};
use order_proto::order::v1::{
    CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, ListOrdersResponse,
    Order, RefundOrderRequest, WatchOrderRequest,
};
use tonic::{Request, Response, Status};

const TICKETS: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["descriptors", path] => {
            std::fs::write(path, order_proto::DESCRIPTORS).map_err(|error| error.to_string())
        }
        ["serve", port] => port
            .parse()
            .map_err(|_| format!("`{port}` is not a port"))
            .and_then(serve),
        _ => Err("use: order-bench-echo serve PORT | descriptors FILE".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("order-bench-echo: {why}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(port: u16) -> Result<(), String> {
    let echo = Echo {
        large: answers::large(TICKETS),
    };
    tonic::transport::Server::builder()
        .add_service(OrderServiceServer::new(echo))
        .serve_with_shutdown(
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
            stop(),
        )
        .await
        .map_err(|error| error.to_string())
}

/// Completes on SIGINT. The handler is installed explicitly because shells start background processes with SIGINT
/// ignored.
async fn stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[derive(Debug)]
struct Echo {
    large: Order,
}

fn unmeasured<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("this rpc is not measured"))
}

#[tonic::async_trait]
impl OrderService for Echo {
    async fn create_order(
        &self,
        request: Request<CreateOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Ok(Response::new(answers::booked(request.into_inner())))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Ok(Response::new(answers::cancelled(request.into_inner())))
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        Ok(Response::new(self.large.clone()))
    }

    async fn list_orders(
        &self,
        _: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        unmeasured()
    }

    async fn refund_order(
        &self,
        _: Request<RefundOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        unmeasured()
    }

    type WatchOrderStream = tonic::codegen::BoxStream<Order>;

    async fn watch_order(
        &self,
        _: Request<WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        unmeasured()
    }
}
