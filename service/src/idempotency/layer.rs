//! The tower layer: decides which requests are guarded, and under which claim they run.
//!
//! Sits inside gRPC-web and the body limit, so that it sees plain, bounded gRPC. Does not know how a tier stores claims.

use std::convert::identity;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{HeaderName, Request, Response};
use order_proto::guard::{self, Guarded};
use tonic::body::Body;
use tower::Service;
use tracing::Instrument as _;

use super::settings::Settings;
use super::{attempt, key, request, scope};
use crate::domain::Claim;
use crate::error::Error;

/// Stored replies are uncompressed frames for every client.
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Guards a gRPC service with idempotency keys.
#[derive(Debug, Clone)]
pub struct Layer {
    settings: Arc<Settings>,
}

impl Layer {
    /// A layer with these settings; all its services share one tier.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            inner,
            settings: Arc::clone(&self.settings),
        }
    }
}

/// A service behind the layer.
#[derive(Debug, Clone)]
pub struct Guard<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Send,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    /// If dropped, a request that has claimed its key continues and its reply is stored; any other leaves nothing.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // By its path alone: what is no POST or no gRPC must not run unguarded either.
        let Some(rpc) = guard::guarded(request.uri().path()) else {
            return Box::pin(self.inner.call(request));
        };
        // Call the service that was polled ready, and keep the clone.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        Box::pin(guard(Arc::clone(&self.settings), rpc, ready, request))
    }
}

/// What to do with a request.
enum Admission {
    Keyed(Request<Body>, Claim),
    /// No key, or a malformed message: passed to the handler.
    Through(Request<Body>),
}

async fn guard<S>(
    settings: Arc<Settings>,
    rpc: &'static Guarded,
    mut ready: S,
    request: Request<Body>,
) -> Result<Response<Body>, S::Error>
where
    S: Service<Request<Body>, Response = Response<Body>> + Send + 'static,
    S::Error: Send,
    S::Future: Send,
{
    let to_status = settings.to_status;
    let (request, claim) = match admission(&settings, rpc, request).await {
        Ok(Admission::Keyed(request, claim)) => (request, claim),
        Ok(Admission::Through(request)) => return ready.call(request).await,
        Err(error) => return Ok(to_status(error).into_http()),
    };
    let tasks = settings.tasks.clone();
    let held = (settings.held)(request.extensions());
    let run = attempt::run(settings, claim, ready, request);
    let run = async move {
        let _held = held;
        run.await
    };
    let task = tasks.spawn(run.in_current_span());
    task.await
        .map_err(|gone| Ok(to_status(Error::Internal(Box::new(gone))).into_http()))
        .unwrap_or_else(identity)
}

async fn admission(
    settings: &Settings,
    rpc: &Guarded,
    request: Request<Body>,
) -> Result<Admission, Error> {
    let Some(key) = key::read(request.headers())? else {
        return match settings.required {
            true => Err(Error::KeyRequired),
            false => Ok(Admission::Through(request)),
        };
    };
    let (mut parts, body) = request.into_parts();
    let (message, body) = request::read(body).await;
    parts.headers.remove(ACCEPT_ENCODING);
    let request = Request::from_parts(parts, body);
    let Some(subject) = message.and_then(|message| (rpc.read)(&message).ok()) else {
        return Ok(Admission::Through(request));
    };
    let found = scope::find(&*settings.directory, rpc.path, &subject, key).await?;
    let Some(scope) = found else {
        return Ok(Admission::Through(request));
    };
    let mut fingerprints = settings
        .vault
        .fingerprints(&[rpc.path.as_bytes(), &subject.canonical])
        .into_iter();
    let fingerprint = fingerprints.next().expect("a vault has a key");
    let other_fingerprints = fingerprints.collect();
    Ok(Admission::Keyed(
        request,
        Claim {
            scope,
            fingerprint,
            other_fingerprints,
        },
    ))
}
