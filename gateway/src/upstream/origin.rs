//! Tells what the service says from what is only said of it: an answer that is no gRPC (a proxy's, or a head that the
//! service's HTTP refuses) gets a status from this side's library, in the library's own words. Knows no messages.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt as _;
use http_body_util::combinators::MapFrame;
use hyper::body::Frame;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tower::util::MapResponse;

/// Stands in a status's metadata on this side alone; what comes under that name is overwritten.
const MARK: &str = "order-gateway-origin";
const STATUS: &str = "grpc-status";

/// Who made a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The service.
    Service,
    /// Somebody who speaks HTTP and no gRPC, with this status.
    Http(StatusCode),
    /// This side, about an answer that it cannot read.
    Ourselves,
}

type Marked = MapFrame<Body, fn(Frame<Bytes>) -> Frame<Bytes>>;
/// A channel whose statuses carry their origin.
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

/// Marks a failure; what succeeds has no status to be asked of.
fn mark(headers: &mut HeaderMap) {
    headers.remove(MARK);
    if headers.get(STATUS).is_some_and(|status| status != "0") {
        headers.insert(MARK, HeaderValue::from(StatusCode::OK.as_u16()));
    }
}

/// The origin of the status that this metadata came with.
pub(super) fn of(metadata: &MetadataMap) -> Origin {
    let code = metadata
        .get(MARK)
        .and_then(|mark| StatusCode::from_bytes(mark.as_bytes()).ok());
    match code {
        Some(StatusCode::OK) => Origin::Service,
        Some(code) => Origin::Http(code),
        None => Origin::Ourselves,
    }
}

/// Takes the mark off.
pub(super) fn unmark(metadata: &mut HeaderMap) {
    metadata.remove(MARK);
}
