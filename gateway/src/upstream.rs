//! The gRPC side: connections to the service, raw message bytes over it, and which of its failures are the
//! connection's. Knows no JSON.

mod codec;
pub(crate) mod metadata;
mod origin;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status, Streaming, TimeoutExpired};

use crate::limits::{
    ANSWER_BYTES_MAX, CALL_CONNECTIONS_MAX, CALLS_PER_CONNECTION, CONNECT_WAIT, READY_WAIT,
    STREAM_CONNECTIONS_MAX,
};
use crate::problem::Problem;
use crate::table::Route;
use codec::RawCodec;
use origin::{Channel, Origin};

const HEALTH: &str = "/grpc.health.v1.Health/Check";
/// `HealthCheckResponse { status: SERVING }`.
const SERVING: &[u8] = &[0x08, 0x01];

/// An address that can be dialled.
pub(crate) fn endpoint(url: &str) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_WAIT)
        .tcp_nodelay(true);
    if url.starts_with("https://") {
        endpoint.tls_config(ClientTlsConfig::new().with_native_roots())
    } else {
        Ok(endpoint)
    }
}

/// The same, asked every so often whether it is still there.
pub(crate) fn pinged(endpoint: Endpoint, every: Option<Duration>) -> Endpoint {
    match every {
        None => endpoint,
        Some(every) => endpoint
            .http2_keep_alive_interval(every)
            .keep_alive_timeout(every)
            .keep_alive_while_idle(true),
    }
}

/// The service.
#[derive(Debug)]
pub(crate) struct Upstream {
    calls: Lanes,
    /// Streams stay: on connections of their own they never crowd the calls out.
    streams: Lanes,
    /// Whether the service is ready is asked beside all else.
    probe: Channel,
}

/// Connections with places for some calls each, so that none waits for another's end. Each is dialled when those before
/// it are full.
#[derive(Debug)]
struct Lanes(Vec<(Channel, Arc<Semaphore>)>);

/// A call's connection, and its place on it until it ends.
#[derive(Debug)]
pub(crate) struct Place {
    channel: Channel,
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Lanes {
    fn new(endpoint: &Endpoint, connections_max: usize) -> Self {
        let lanes = (0..connections_max).map(|_| {
            let places = Arc::new(Semaphore::new(CALLS_PER_CONNECTION));
            (origin::channel(endpoint.connect_lazy()), places)
        });
        Self(lanes.collect())
    }

    /// A place for one more; none when all are taken.
    fn place(&self) -> Option<Place> {
        self.0.iter().find_map(|(channel, places)| {
            let permit = Arc::clone(places).try_acquire_owned().ok()?;
            Some(Place {
                channel: channel.clone(),
                permit,
            })
        })
    }
}

impl Upstream {
    /// Dials when it is first used, and again whenever the connection was lost.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            calls: Lanes::new(endpoint, CALL_CONNECTIONS_MAX),
            streams: Lanes::new(endpoint, STREAM_CONNECTIONS_MAX),
            probe: origin::channel(endpoint.connect_lazy()),
        }
    }

    /// A place for one more stream; none when too many are open.
    pub(crate) fn place(&self) -> Option<Place> {
        self.streams.place()
    }

    /// One unary call. Dropping the future cancels the call; what the service began by then it may finish.
    pub(crate) async fn call(
        &self,
        route: &'static Route,
        metadata: HeaderMap,
        message: Vec<u8>,
        deadline: Duration,
    ) -> Result<Response<Bytes>, Problem> {
        let Place {
            channel,
            permit: _permit,
        } = self.calls.place().ok_or_else(Problem::overloaded)?;
        let mut request = Request::new(Bytes::from(message));
        *request.metadata_mut() = MetadataMap::from_headers(metadata);
        let path = PathAndQuery::from_static(route.grpc);
        request.set_timeout(deadline);
        tokio::time::timeout(deadline, unary(channel, request, path))
            .await
            .map_err(|_| Problem::deadline_exceeded())?
            .map_err(|status| problem(&status))
    }

    /// Opens one stream of answers. Dropping it cancels the call. `deadline` bounds the wait for its head and is told
    /// to the service; the messages after it are the caller's to bound.
    pub(crate) async fn stream(
        place: &Place,
        route: &'static Route,
        metadata: HeaderMap,
        message: Vec<u8>,
        deadline: Option<Duration>,
    ) -> Result<Response<Streaming<Bytes>>, Problem> {
        let mut request = Request::new(Bytes::from(message));
        *request.metadata_mut() = MetadataMap::from_headers(metadata);
        if let Some(deadline) = deadline {
            request.set_timeout(deadline);
        }
        let mut grpc = ready(place.channel.clone())
            .await
            .map_err(|status| problem(&status))?;
        grpc.server_streaming(request, PathAndQuery::from_static(route.grpc), RawCodec)
            .await
            .map_err(|status| problem(&status))
    }

    /// Whether the service says that it is serving, soon enough.
    pub(crate) async fn is_ready(&self) -> bool {
        let request = Request::new(Bytes::new());
        let check = unary(
            self.probe.clone(),
            request,
            PathAndQuery::from_static(HEALTH),
        );
        matches!(
            tokio::time::timeout(READY_WAIT, check).await,
            Ok(Ok(answer)) if answer.get_ref() == SERVING
        )
    }
}

async fn unary(
    channel: Channel,
    request: Request<Bytes>,
    path: PathAndQuery,
) -> Result<Response<Bytes>, Status> {
    let mut grpc = ready(channel).await?;
    grpc.unary(request, path, RawCodec).await
}

async fn ready(channel: Channel) -> Result<Grpc<Channel>, Status> {
    let mut grpc = Grpc::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(error.into()))?;
    Ok(grpc)
}

/// A status that was made on this side speaks of addresses and libraries, so its words stay here. One with a source is
/// the connection's.
pub(crate) fn problem(status: &Status) -> Problem {
    if let Some(source) = status.source() {
        tracing::debug!(code = ?status.code(), error = status.message(), "the service was not reached");
        return if is_timeout(source) || status.code() == Code::DeadlineExceeded {
            Problem::deadline_exceeded()
        } else {
            Problem::unreachable()
        };
    }
    let origin = origin::of(status.metadata());
    if origin != Origin::Service {
        tracing::warn!(
            ?origin,
            error = status.message(),
            "the service's answer is not its own"
        );
    }
    match origin {
        Origin::Service => {
            let mut metadata = status.metadata().clone().into_headers();
            origin::unmark(&mut metadata);
            Problem::of_service(status, metadata)
        }
        Origin::Http(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => Problem::headers_too_large(),
        Origin::Http(
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT,
        ) => Problem::unreachable(),
        // No status at all: whether the service acted is not known.
        Origin::Ourselves if status.code() == Code::Unknown => Problem::unreachable(),
        Origin::Http(_) | Origin::Ourselves => Problem::unreadable(),
    }
}

fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(current) = error {
        if current.is::<TimeoutExpired>() {
            return true;
        }
        error = current.source();
    }
    false
}
