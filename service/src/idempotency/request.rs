//! Reads the message of a unary request, and returns the body unchanged.
//!
//! A body that is not one plain gRPC frame of at most 1 MiB is passed on, and tonic refuses it.

use bytes::{Buf as _, Bytes, BytesMut};
use futures::{StreamExt as _, stream};
use http_body::Frame;
use http_body_util::{BodyExt as _, BodyStream, StreamBody};
use tonic::body::Body;

/// Longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a frame's header: flag and length.
pub(super) const FRAME_HEADER_BYTES: usize = 5;

/// The first message as tonic will read it, if there is one, and a body equal to the one that was read.
pub(super) async fn read(mut body: Body) -> (Option<Bytes>, Body) {
    let mut data = BytesMut::new();
    let mut trailers = None;
    while let Some(next) = body.frame().await {
        let frame = match next {
            Ok(frame) => frame,
            Err(status) => {
                let frames = stream::iter([Ok(Frame::data(data.freeze())), Err(status)]);
                return (None, Body::new(StreamBody::new(frames)));
            }
        };
        match frame.into_data() {
            Ok(bytes) => data.extend_from_slice(&bytes),
            Err(other) => trailers = other.into_trailers().ok().or(trailers),
        }
        if data.len() > FRAME_HEADER_BYTES + MESSAGE_BYTES_MAX {
            let read = stream::iter([Ok(Frame::data(data.freeze()))]);
            return (
                None,
                Body::new(StreamBody::new(read.chain(BodyStream::new(body)))),
            );
        }
    }
    let data = data.freeze();
    let frames = [
        Some(Frame::data(data.clone())),
        trailers.map(Frame::trailers),
    ];
    let frames = stream::iter(frames.into_iter().flatten().map(Ok::<_, tonic::Status>));
    (message(data), Body::new(StreamBody::new(frames)))
}

/// The message of an uncompressed frame; bytes after it are ignored, as tonic does.
pub(super) fn message(mut data: Bytes) -> Option<Bytes> {
    if data.len() < FRAME_HEADER_BYTES || data.get_u8() != 0 {
        return None;
    }
    let length = data.get_u32() as usize;
    (length <= data.len()).then(|| data.split_to(length))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn body(parts: Vec<Result<Frame<Bytes>, tonic::Status>>) -> Body {
        Body::new(StreamBody::new(stream::iter(parts)))
    }

    fn data(bytes: &[u8]) -> Result<Frame<Bytes>, tonic::Status> {
        Ok(Frame::data(Bytes::copy_from_slice(bytes)))
    }

    async fn bytes_of(body: Body) -> Bytes {
        body.collect().await.expect("the body is whole").to_bytes()
    }

    #[tokio::test]
    async fn a_frame_in_pieces_is_read_and_given_back() {
        let pieces = vec![data(&[0, 0]), data(&[0, 0, 3, b'a']), data(b"bc")];
        let (message, rest) = read(body(pieces)).await;
        assert_eq!(message.as_deref(), Some(&b"abc"[..]));
        assert_eq!(&bytes_of(rest).await[..], b"\0\0\0\0\x03abc");
    }

    #[tokio::test]
    async fn trailers_are_kept() {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-note", "kept".parse().expect("a value"));
        let pieces = vec![
            data(&[0, 0, 0, 0, 0]),
            Ok(Frame::trailers(trailers.clone())),
        ];
        let (message, rest) = read(body(pieces)).await;
        assert_eq!(message.as_deref(), Some(&b""[..]));
        let collected = rest.collect().await.expect("the body is whole");
        assert_eq!(collected.trailers(), Some(&trailers));
    }

    #[tokio::test]
    async fn what_is_no_plain_frame_goes_on_unread() {
        for bytes in [&b""[..], b"\0\0", b"\x01\0\0\0\x01a", b"\0\0\0\0\x05abc"] {
            let (message, rest) = read(body(vec![data(bytes)])).await;
            assert_eq!(message, None, "{bytes:?}");
            assert_eq!(&bytes_of(rest).await[..], bytes);
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_goes_on_without_being_held() {
        let piece = vec![7; 700 * 1024];
        let (message, rest) = read(body(vec![data(&piece), data(&piece), data(&piece)])).await;
        assert_eq!(message, None);
        assert_eq!(bytes_of(rest).await.len(), 3 * piece.len());
    }

    #[tokio::test]
    async fn a_broken_body_breaks_at_the_same_place() {
        let pieces = vec![data(b"\0\0"), Err(tonic::Status::data_loss("gone"))];
        let (message, mut rest) = read(body(pieces)).await;
        assert_eq!(message, None);
        let first = rest.frame().await.expect("data").expect("data");
        assert_eq!(first.into_data().expect("data"), &b"\0\0"[..]);
        let status = rest.frame().await.expect("an end").expect_err("an error");
        assert_eq!(status.code(), tonic::Code::DataLoss);
    }
}
