//! A bench for the layer: a handler that the tests control, requests, and replies as a client reads them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use order_proto::order::v1::{CancelOrderRequest, CreateOrderRequest};
use prost::Message;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::task::TaskTracker;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, Service as _, ServiceExt as _};

use super::super::{Directory, Embedded, Layer, Object, Settings, Tier, request};
use crate::domain::{Claim, Disposition, OrganizationId, Scope};
use crate::error::Error;
use crate::vault::Vault;

pub(super) const CREATE: &str = "/order.v1.OrderService/CreateOrder";
pub(super) const CANCEL: &str = "/order.v1.OrderService/CancelOrder";
pub(super) const GET: &str = "/order.v1.OrderService/GetOrder";
pub(super) const KNOWN_ORDER: &str = "0190a5d6-7c2b-7000-8000-0123456789ab";
pub(super) const UNKNOWN_ORDER: &str = "0190a5d6-7c2b-7000-8000-0123456789ac";

/// A handler's final reply to this request.
pub(super) const FINAL: Disposition = Disposition {
    replayed: false,
    storable: true,
    age: Duration::ZERO,
};
/// A handler's reply that will still move.
pub(super) const MOVING: Disposition = Disposition {
    replayed: false,
    storable: false,
    age: Duration::ZERO,
};

/// The key of a request whose order is at rest.
pub(super) const SETTLED: &str = "settled";

/// Knows one order.
#[derive(Debug)]
struct OneOrder {
    /// The key of a request that has begun something which no longer moves.
    settled: &'static str,
}

impl Directory for OneOrder {
    fn has_settled<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(scope.key == self.settled))
    }

    fn organization_of(
        &self,
        object: Object,
    ) -> BoxFuture<'_, Result<Option<OrganizationId>, Error>> {
        let known = object == Object::Order(KNOWN_ORDER.parse().expect("a UUID"));
        let organization = known.then(|| "org-1".parse().expect("an id"));
        Box::pin(std::future::ready(Ok(organization)))
    }
}

pub(super) fn settings(tier: Tier) -> Settings {
    Settings {
        tier,
        vault: Vault::new(&Vault::generate()).expect("a key"),
        directory: Arc::new(OneOrder { settled: SETTLED }),
        ttl: Duration::from_secs(3600),
        lease: super::super::LEASE,
        required: false,
        to_status: |error| {
            let name = format!("{error:?}");
            let end = name.find(|c: char| !c.is_ascii_alphanumeric());
            Status::aborted(&name[..end.unwrap_or(name.len())])
        },
        held: |extensions| {
            let held = extensions.get::<Arc<()>>();
            held.map(|held| Box::new(Arc::clone(held)) as Box<dyn Send>)
        },
        tasks: TaskTracker::new(),
    }
}

pub(super) fn embedded() -> Settings {
    settings(Tier::Embedded(Embedded::default()))
}

/// What the handler was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) claim: Option<Claim>,
    pub(super) body: Bytes,
}

type Answer = Arc<dyn Fn(usize) -> Response<Body> + Send + Sync>;

/// A handler that counts its calls, waits at a gate, and answers by the call's number.
#[derive(Clone)]
pub(super) struct Handler {
    answer: Answer,
    gate: Option<Arc<Semaphore>>,
    begun: Arc<Semaphore>,
    calls: Arc<AtomicUsize>,
    given: Arc<Mutex<Vec<Given>>>,
}

impl Handler {
    pub(super) fn new(answer: impl Fn(usize) -> Response<Body> + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            gate: None,
            begun: Arc::new(Semaphore::new(0)),
            calls: Arc::default(),
            given: Arc::default(),
        }
    }

    /// Answers with the call's number, as a final order.
    pub(super) fn counting() -> Self {
        Self::new(|call| ok(call, Some(FINAL)))
    }

    /// Blocks every request until [`Handler::open`].
    pub(super) fn gated(mut self) -> Self {
        self.gate = Some(Arc::new(Semaphore::new(0)));
        self
    }

    pub(super) fn open(&self) {
        let gate = self.gate.as_ref().expect("the handler has a gate");
        gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Waits until one more call has started.
    pub(super) async fn begun(&self) {
        let begun = tokio::time::timeout(Duration::from_secs(30), self.begun.acquire()).await;
        begun
            .expect("a call starts")
            .expect("it is never closed")
            .forget();
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(super) async fn given(&self) -> Vec<Given> {
        self.given.lock().await.clone()
    }

    /// This handler behind a layer.
    pub(super) fn behind(&self, settings: &Settings) -> Client {
        let handler = self.clone();
        let inner = tower::service_fn(move |request| handler.clone().handle(request));
        Client(BoxCloneSyncService::new(
            Layer::new(settings.clone()).layer(inner),
        ))
    }

    async fn handle(self, request: Request<Body>) -> Result<Response<Body>, Infallible> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let claim = request.extensions().get().cloned();
        let body = request.into_body().collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        self.given.lock().await.push(Given { claim, body });
        self.begun.add_permits(1);
        if let Some(gate) = &self.gate {
            gate.acquire().await.expect("it is never closed").forget();
        }
        Ok((self.answer)(call))
    }
}

/// A reply as tonic makes it; the message holds the call's number.
pub(super) fn ok(call: usize, disposition: Option<Disposition>) -> Response<Body> {
    let message = format!("answer {call} \0\u{7f}\n");
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("a value"));
    let body =
        Full::new(frame(message.as_bytes())).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    if let Some(disposition) = disposition {
        response.extensions_mut().insert(disposition);
    }
    response
}

pub(super) fn frame(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("short");
    [&[0][..], &length.to_be_bytes(), message].concat().into()
}

/// A client of the layer.
#[derive(Clone)]
pub(super) struct Client(BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>);

impl Client {
    pub(super) async fn send(&self, request: Request<Body>) -> Seen {
        let mut service = self.0.clone();
        let service = service.ready().await.expect("it is infallible");
        let response = service.call(request).await.expect("it is infallible");
        Seen::read(response).await
    }

    /// One order by Ann under this key.
    pub(super) async fn book(&self, key: &str) -> Seen {
        self.send(post(CREATE, &booking("ann"), &[key])).await
    }
}

/// A reply as a client reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// The message, and whether it is marked as a replay.
    Reply(Bytes, bool),
    /// The name of the error.
    Refused(String),
}

impl Seen {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole reply");
        let trailers = body.trailers().cloned().unwrap_or_default();
        let status = Status::from_header_map(&trailers)
            .or_else(|| Status::from_header_map(&parts.headers))
            .expect("a reply has a status");
        if status.code() != tonic::Code::Ok {
            return Self::Refused(status.message().to_owned());
        }
        let message = request::message(body.to_bytes()).expect("one plain frame");
        let marked = parts.headers.get("idempotent-replayed");
        Self::Reply(message, marked.is_some_and(|mark| mark == "true"))
    }

    /// The reply of this call, as the handler gave it.
    pub(super) fn answer(call: usize) -> Self {
        Self::Reply(format!("answer {call} \0\u{7f}\n").into(), false)
    }

    /// The reply of this call, marked as a replay.
    pub(super) fn replay(call: usize) -> Self {
        Self::Reply(format!("answer {call} \0\u{7f}\n").into(), true)
    }

    pub(super) fn refused(error: &str) -> Self {
        Self::Refused(error.to_owned())
    }
}

pub(super) fn booking(user: &str) -> CreateOrderRequest {
    CreateOrderRequest {
        organization_id: "org-1".into(),
        user_id: user.into(),
        event_id: "ga-opera".into(),
        metadata: [("b".into(), "2".into()), ("a".into(), "1".into())].into(),
        ..Default::default()
    }
}

pub(super) fn cancelling(order_id: &str) -> CancelOrderRequest {
    CancelOrderRequest {
        order_id: order_id.into(),
        reason: "rain".into(),
        ..Default::default()
    }
}

/// A gRPC request with these key headers.
pub(super) fn post(path: &str, message: &impl Message, keys: &[&str]) -> Request<Body> {
    let body = Full::new(frame(&message.encode_to_vec()));
    post_body(path, Body::new(body), keys)
}

pub(super) fn post_body(path: &str, body: Body, keys: &[&str]) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/grpc");
    for key in keys {
        request = request.header("idempotency-key", *key);
    }
    request.body(body).expect("a request")
}
