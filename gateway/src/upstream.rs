//! The gRPC side: unary and streaming calls to the service, with messages as raw bytes. Knows no JSON.

mod codec;
mod connections;
mod endpoint;
mod failure;
pub(crate) mod metadata;
mod origin;

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status, Streaming};

use crate::limits::{ANSWER_BYTES_MAX, CALL_CONNECTIONS_MAX, READY_WAIT, STREAM_CONNECTIONS_MAX};
use crate::problem::Problem;
use crate::table::Route;
use codec::RawCodec;
use connections::{Connections, Place};
use origin::Channel;

pub(crate) use endpoint::{endpoint, with_pings};
pub(crate) use failure::problem;

const HEALTH: &str = "/grpc.health.v1.Health/Check";
/// `HealthCheckResponse { status: SERVING }`.
const SERVING: &[u8] = &[0x08, 0x01];

/// The service.
#[derive(Debug)]
pub(crate) struct Upstream {
    calls: Connections,
    /// Streams stay: on connections of their own they never crowd the calls out.
    streams: Connections,
    /// Whether the service is ready is asked beside all else.
    probe: Channel,
}

impl Upstream {
    /// Dials when it is first used, and again whenever the connection was lost.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            calls: Connections::new(endpoint, CALL_CONNECTIONS_MAX),
            streams: Connections::new(endpoint, STREAM_CONNECTIONS_MAX),
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
