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

/// The connections to the service.
#[derive(Debug)]
pub(crate) struct Upstream {
    calls: Connections,
    /// Streams are long-lived: they have connections of their own, so that they never take places from calls.
    streams: Connections,
    /// Readiness checks have a connection of their own, so that calls never delay them.
    probe: Channel,
}

impl Upstream {
    /// Dials nothing: a connection is made when it is first used, and made again after it was lost.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            calls: Connections::new(endpoint, CALL_CONNECTIONS_MAX),
            streams: Connections::new(endpoint, STREAM_CONNECTIONS_MAX),
            probe: origin::channel(endpoint.connect_lazy()),
        }
    }

    /// A place for one more stream; none when [`STREAMS_MAX`](crate::limits::STREAMS_MAX) are open.
    pub(crate) fn place(&self) -> Option<Place> {
        self.streams.place()
    }

    /// Makes one unary call. Dropping the future cancels the call; the service may still finish what it has started.
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

    /// Opens one stream of answers. Dropping the stream cancels the call. The service receives `deadline`, which bounds
    /// the wait for the response head; the caller must bound the wait for messages.
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

    /// Whether the service reports SERVING within [`READY_WAIT`].
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
