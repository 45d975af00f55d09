//! The gRPC side: connections to the service, raw message bytes over it, and which of its failures are the
//! connection's. Knows no JSON.

mod codec;
pub(crate) mod metadata;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::uri::PathAndQuery;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status, Streaming, TimeoutExpired};

use crate::limits::{
    ANSWER_BYTES_MAX, CONNECT_WAIT, READY_WAIT, STREAM_CONNECTIONS_MAX, STREAMS_PER_CONNECTION,
};
use crate::problem::Problem;
use crate::table::Route;
use codec::RawCodec;

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

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    calls: Channel,
    /// Streams stay: each connection has places for some, so that they never crowd each other or the calls out.
    streams: Vec<(Channel, Arc<Semaphore>)>,
}

/// A stream's connection, and its place on it until it ends.
#[derive(Debug)]
pub(crate) struct Place {
    channel: Channel,
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Upstream {
    /// Dials when it is first used, and again whenever the connection was lost.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        let streams = (0..STREAM_CONNECTIONS_MAX).map(|_| {
            let places = Arc::new(Semaphore::new(STREAMS_PER_CONNECTION));
            (endpoint.connect_lazy(), places)
        });
        Self {
            calls: endpoint.connect_lazy(),
            streams: streams.collect(),
        }
    }

    /// A place for one more stream; none when too many are open.
    pub(crate) fn place(&self) -> Option<Place> {
        self.streams.iter().find_map(|(channel, places)| {
            let permit = Arc::clone(places).try_acquire_owned().ok()?;
            Some(Place {
                channel: channel.clone(),
                permit,
            })
        })
    }

    /// One unary call. Dropping the future cancels the call; what the service began by then it may finish.
    pub(crate) async fn call(
        &self,
        route: &'static Route,
        metadata: HeaderMap,
        message: Vec<u8>,
        deadline: Duration,
    ) -> Result<Response<Bytes>, Problem> {
        let mut request = Request::new(Bytes::from(message));
        *request.metadata_mut() = MetadataMap::from_headers(metadata);
        let path = PathAndQuery::from_static(route.grpc);
        request.set_timeout(deadline);
        tokio::time::timeout(deadline, self.unary(request, path))
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
        let mut grpc = ready(&place.channel)
            .await
            .map_err(|status| problem(&status))?;
        grpc.server_streaming(request, PathAndQuery::from_static(route.grpc), RawCodec)
            .await
            .map_err(|status| problem(&status))
    }

    /// Whether the service says that it is serving, soon enough.
    pub(crate) async fn is_ready(&self) -> bool {
        let check = self.unary(
            Request::new(Bytes::new()),
            PathAndQuery::from_static(HEALTH),
        );
        matches!(
            tokio::time::timeout(READY_WAIT, check).await,
            Ok(Ok(answer)) if answer.get_ref() == SERVING
        )
    }

    async fn unary(
        &self,
        request: Request<Bytes>,
        path: PathAndQuery,
    ) -> Result<Response<Bytes>, Status> {
        ready(&self.calls)
            .await?
            .unary(request, path, RawCodec)
            .await
    }
}

async fn ready(channel: &Channel) -> Result<Grpc<Channel>, Status> {
    let mut grpc = Grpc::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(error.into()))?;
    Ok(grpc)
}

/// A status that was made on this side has a source: it speaks of addresses and libraries, so its words stay here.
pub(crate) fn problem(status: &Status) -> Problem {
    let Some(source) = status.source() else {
        return Problem::of_service(status);
    };
    tracing::debug!(code = ?status.code(), error = status.message(), "the service was not reached");
    if is_timeout(source) || status.code() == Code::DeadlineExceeded {
        Problem::deadline_exceeded()
    } else {
        Problem::unreachable()
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
