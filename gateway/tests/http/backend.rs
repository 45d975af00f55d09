//! A service for the tests: it records the last request, and the order's id chooses its answer. Knows no HTTP.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use order_proto::google::api::HttpBody;
use order_proto::order::v1::order_service_server::{OrderService, OrderServiceServer};
use order_proto::order::v1::payment_webhook_service_server::{
    PaymentWebhookService, PaymentWebhookServiceServer,
};
use order_proto::order::v1::{
    CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, ListOrdersResponse,
    Order, RefundOrderRequest, WatchOrderRequest,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The size of the order `huge`: more than the buffers of a connection hold.
pub(crate) const HUGE_BYTES: usize = 32 * 1024 * 1024;

/// The last request.
#[derive(Debug, Default, Clone)]
pub(crate) struct Arrived {
    pub(crate) metadata: HeaderMap,
    pub(crate) create: Option<CreateOrderRequest>,
    pub(crate) list: Option<ListOrdersRequest>,
    pub(crate) cancel: Option<CancelOrderRequest>,
    pub(crate) webhook: Option<HttpBody>,
    /// Whether the client of a stream has cancelled it.
    pub(crate) cancelled: bool,
}

#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    arrived: Arc<Mutex<Arrived>>,
    held: Arc<AtomicUsize>,
    /// A separate runtime, so that stopping the backend closes its connections like the end of a process.
    runtime: Option<Runtime>,
}

impl Backend {
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let arrived = Arc::new(Mutex::new(Arrived::default()));
        let held = Arc::default();
        let service = Service {
            arrived: Arc::clone(&arrived),
            held: Arc::clone(&held),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let address = runtime
            .spawn(async move {
                let listener = TcpListener::bind(address).await.expect("a free port");
                let address = listener.local_addr().expect("it is bound");
                tokio::spawn(serve(service, listener));
                address
            })
            .await
            .expect("no panic");
        Self {
            address,
            arrived,
            held,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn arrived(&self) -> Arrived {
        self.arrived.lock().expect("no test panics in it").clone()
    }

    /// The number of pending calls to `slow`, which never answers.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Stops the backend and closes its listener and connections.
    pub(crate) async fn stop(mut self) {
        let runtime = self.runtime.take().expect("it is stopped once");
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(5)))
            .await
            .expect("no panic");
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(service: Service, listener: TcpListener) {
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_service_status("", tonic_health::ServingStatus::Serving)
        .await;
    tonic::transport::Server::builder()
        // The minimum that HTTP/2 recommends.
        .max_concurrent_streams(100)
        .add_service(OrderServiceServer::new(service.clone()))
        .add_service(PaymentWebhookServiceServer::new(service))
        .add_service(health_service)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
        .expect("the backend serves");
}

#[derive(Debug, Clone)]
struct Service {
    arrived: Arc<Mutex<Arrived>>,
    held: Arc<AtomicUsize>,
}

/// A guard that counts one pending call until it is dropped.
#[derive(Debug)]
struct Held(Arc<AtomicUsize>);

impl Held {
    fn one(held: &Arc<AtomicUsize>) -> Self {
        held.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(held))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Service {
    fn note(&self, metadata: &tonic::metadata::MetadataMap, note: impl FnOnce(&mut Arrived)) {
        let mut arrived = self.arrived.lock().expect("no test panics in it");
        *arrived = Arrived {
            metadata: metadata.clone().into_headers(),
            ..Arrived::default()
        };
        note(&mut arrived);
    }
}

fn refusal(code: Code, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "order.v1", [("shard".into(), "7".into())]);
    Status::with_error_details(code, format!("refused: {reason}"), details)
}

#[tonic::async_trait]
impl OrderService for Service {
    async fn create_order(
        &self,
        request: Request<CreateOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let message = request.get_ref().clone();
        self.note(request.metadata(), |arrived| {
            arrived.create = Some(message.clone());
        });
        let mut response = Response::new(Order {
            order_id: "o-1".to_owned(),
            organization_id: message.organization_id,
            metadata: message.metadata,
            total: message.expected_total,
            ..Order::default()
        });
        response
            .metadata_mut()
            .insert("idempotent-replayed", "true".parse().expect("ASCII"));
        response
            .metadata_mut()
            .insert("x-shard", "7".parse().expect("ASCII"));
        response
            .metadata_mut()
            .insert_bin("x-trace-bin", MetadataValue::from_bytes(&[1, 2, 255]));
        Ok(response)
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        self.note(request.metadata(), |_| {});
        match request.into_inner().order_id.as_str() {
            "missing" => Err(refusal(Code::NotFound, "ORDER_NOT_FOUND")),
            "reused" => Err(refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")),
            "busy" => {
                let mut details = ErrorDetails::with_error_info(
                    "IDEMPOTENCY_KEY_IN_USE",
                    "order.v1",
                    [] as [(String, String); 0],
                );
                details.set_retry_info(Some(Duration::from_millis(1500)));
                Err(Status::with_error_details(Code::Aborted, "busy", details))
            }
            id if id.starts_with("long-") => {
                let length = id["long-".len()..].parse().expect("a number");
                let mut status = refusal(Code::NotFound, &"R".repeat(length));
                let long = "m".repeat(length);
                let shard = status.metadata_mut();
                shard.insert("x-long", long.parse().expect("ASCII"));
                shard.insert("x-shard", "7".parse().expect("ASCII"));
                Err(status)
            }
            "huge" => Ok(Response::new(Order {
                user_id: "u".repeat(HUGE_BYTES),
                ..Order::default()
            })),
            "plain" => Err(Status::internal("no details")),
            "with-metadata" => {
                let mut status = refusal(Code::NotFound, "ORDER_NOT_FOUND");
                status
                    .metadata_mut()
                    .insert("x-shard", "7".parse().expect("ASCII"));
                status
                    .metadata_mut()
                    .insert_bin("x-trace-bin", MetadataValue::from_bytes(&[1, 2, 255]));
                Err(status)
            }
            "slow" => {
                let _held = Held::one(&self.held);
                std::future::pending::<()>().await;
                Err(Status::internal("never"))
            }
            "tagged" => Ok(Response::new(Order {
                etag: "v7".to_owned(),
                ..Order::default()
            })),
            id => Ok(Response::new(Order {
                order_id: id.to_owned(),
                ..Order::default()
            })),
        }
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let message = request.get_ref().clone();
        self.note(request.metadata(), |arrived| arrived.list = Some(message));
        Ok(Response::new(ListOrdersResponse::default()))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        let message = request.get_ref().clone();
        let is_stale = message.order_id == "stale";
        self.note(request.metadata(), |arrived| arrived.cancel = Some(message));
        if is_stale {
            return Err(refusal(Code::Aborted, "ETAG_MISMATCH"));
        }
        Ok(Response::new(Order::default()))
    }

    async fn refund_order(
        &self,
        _: Request<RefundOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Err(refusal(Code::Unimplemented, "NOT_IMPLEMENTED"))
    }

    type WatchOrderStream = ReceiverStream<Result<Order, Status>>;

    async fn watch_order(
        &self,
        request: Request<WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        self.note(request.metadata(), |_| {});
        let id = request.into_inner().order_id;
        let order = |etag: &str| {
            Ok(Order {
                order_id: id.clone(),
                etag: etag.to_owned(),
                ..Order::default()
            })
        };
        let items = match id.as_str() {
            "missing" => return Err(refusal(Code::NotFound, "ORDER_NOT_FOUND")),
            "gone" => vec![Err(refusal(Code::NotFound, "ORDER_NOT_FOUND"))],
            "breaks" => vec![
                order("1"),
                Err(refusal(Code::Unavailable, "STORE_UNAVAILABLE")),
            ],
            "silent" => vec![],
            "two" | "endless" => vec![order("1"), order("2")],
            _ => return Err(refusal(Code::Unimplemented, "NOT_IMPLEMENTED")),
        };
        let (sender, receiver) = mpsc::channel(1);
        let arrived = Arc::clone(&self.arrived);
        tokio::spawn(async move {
            for item in items {
                if sender.send(item).await.is_err() {
                    break;
                }
            }
            if matches!(id.as_str(), "endless" | "silent") {
                sender.closed().await;
                arrived.lock().expect("no test panics in it").cancelled = true;
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

#[tonic::async_trait]
impl PaymentWebhookService for Service {
    async fn receive_payment_webhook(
        &self,
        request: Request<HttpBody>,
    ) -> Result<Response<()>, Status> {
        let message = request.get_ref().clone();
        self.note(request.metadata(), |arrived| {
            arrived.webhook = Some(message)
        });
        Ok(Response::new(()))
    }
}
