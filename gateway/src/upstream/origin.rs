//! Distinguishes the service's own statuses from those that the gRPC library makes up for an answer that is not gRPC (a
//! proxy's answer, or a head that the service's HTTP layer refuses). Knows no messages.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt as _;
use http_body_util::combinators::MapFrame;
use hyper::body::Frame;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tower::util::MapResponse;

/// The metadata entry that marks a status with its origin. It exists within the gateway only: a received entry of that
/// name is overwritten.
const MARK: &str = "order-gateway-origin";
const STATUS: &str = "grpc-status";

/// The author of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The service sent it over gRPC.
    Service,
    /// The answer was HTTP without gRPC, with this HTTP status.
    Http(StatusCode),
    /// The gRPC library, for an answer that it cannot read.
    Library,
}

type Marked = MapFrame<Body, fn(Frame<Bytes>) -> Frame<Bytes>>;
/// A channel that marks each failed status with its origin.
pub(super) type Channel =
    MapResponse<tonic::transport::Channel, fn(Response<Body>) -> Response<Marked>>;

pub(super) fn channel(inner: tonic::transport::Channel) -> Channel {
    MapResponse::new(inner, response)
}

fn response(mut response: Response<Body>) -> Response<Marked> {
    let status = response.status();
    let headers = response.headers_mut();
    if status != StatusCode::OK && !headers.contains_key(STATUS) {
        headers.insert(STATUS, HeaderValue::from_static("2"));
        headers.insert(MARK, HeaderValue::from(status.as_u16()));
    } else {
        mark(headers);
    }
    response.map(|body| body.map_frame(frame as fn(_) -> _))
}

fn frame(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        mark(trailers);
    }
    frame
}

/// Marks a failed status. A successful one needs no origin.
fn mark(headers: &mut HeaderMap) {
    headers.remove(MARK);
    if headers.get(STATUS).is_some_and(|status| status != "0") {
        headers.insert(MARK, HeaderValue::from(StatusCode::OK.as_u16()));
    }
}

/// The origin of the status that has this metadata.
pub(super) fn of(metadata: &MetadataMap) -> Origin {
    let code = metadata
        .get(MARK)
        .and_then(|mark| StatusCode::from_bytes(mark.as_bytes()).ok());
    match code {
        Some(StatusCode::OK) => Origin::Service,
        Some(code) => Origin::Http(code),
        None => Origin::Library,
    }
}

/// Removes the mark, before the metadata is forwarded.
pub(super) fn unmark(metadata: &mut HeaderMap) {
    metadata.remove(MARK);
}
