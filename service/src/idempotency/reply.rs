//! Replies of the handler: what they mean for the claim, what is stored, and how a stored reply is replayed.
//!
//! Knows gRPC frames and trailers; does not know where replies are stored.

use std::error::Error as _;

use std::convert::Infallible;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tonic::body::Body;
use tonic::{Code, Status};

use super::request;
use crate::domain::{Disposition, InDoubt};

/// The metadata that marks a replay.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest message that is stored. A repeat of a longer one is answered by the handler.
const STORED_BYTES_MAX: usize = 1024 * 1024;
/// The trailer with the status of the rpc.
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// How the claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The message is stored for repeats.
    Store(Bytes, Disposition),
    /// The key is released.
    Release,
    /// The claim lasts until its lease ends.
    Keep,
}

/// Reads the handler's reply to its end. Returns the reply, marked if it is a replay, and how the claim ends.
pub(super) async fn read(response: Response<Body>) -> (Response<Body>, Verdict) {
    let (mut parts, body) = response.into_parts();
    let collected = match body.collect().await {
        Ok(collected) => collected,
        Err(status) => return (status.into_http(), Verdict::Keep),
    };
    let trailers = collected.trailers().cloned();
    let data = collected.to_bytes();
    let ok = [trailers.as_ref(), Some(&parts.headers)]
        .into_iter()
        .flatten()
        .find_map(|headers: &HeaderMap| headers.get(GRPC_STATUS))
        .is_some_and(|status| status == "0");
    let disposition: Disposition = parts.extensions.get().copied().unwrap_or_default();
    let verdict = match request::message(data.clone()) {
        Some(message) if ok && disposition.storable && message.len() <= STORED_BYTES_MAX => {
            Verdict::Store(message, disposition)
        }
        Some(_) | None if in_doubt(&parts) => Verdict::Keep,
        Some(_) | None => Verdict::Release,
    };
    if ok && disposition.replayed {
        parts
            .headers
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    (
        Response::from_parts(parts, rebuilt(data, trailers)),
        verdict,
    )
}

/// A new reply around a stored message.
pub(super) fn replay(message: &[u8]) -> Response<Body> {
    let mut frame = BytesMut::with_capacity(request::FRAME_HEADER_BYTES + message.len());
    let length = u32::try_from(message.len()).expect("a stored message has at most 1 MiB");
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert(GRPC_STATUS, HeaderValue::from(Code::Ok as i32));
    let mut response = Response::new(rebuilt(frame.freeze(), Some(trailers)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn in_doubt(parts: &http::response::Parts) -> bool {
    if parts.extensions.get::<InDoubt>().is_some() {
        return true;
    }
    let status: Option<&Status> = parts.extensions.get();
    let mut source = status.and_then(|status| status.source());
    while let Some(error) = source {
        if error.is::<InDoubt>() {
            return true;
        }
        source = error.source();
    }
    false
}

fn rebuilt(data: Bytes, trailers: Option<HeaderMap>) -> Body {
    match trailers {
        Some(trailers) => {
            // Frames of a stream have no exact size. With one, gRPC-web over HTTP/1.1 would announce the data's length
            // and cut off the trailers that it puts behind them.
            let frames = [Frame::data(data), Frame::trailers(trailers)];
            Body::new(StreamBody::new(stream::iter(
                frames.map(Ok::<_, Infallible>),
            )))
        }
        None => Body::new(Full::new(data)),
    }
}
