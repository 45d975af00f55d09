//! Reads the one message of a request and removes its compression, so that the layers inside see one plain frame.
//!
//! Every rpc of the contract takes one message. Health and reflection are passed on unread: reflection takes a stream.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use order_gateway::{Coding, Undecodable};
use tonic::body::Body;
use tower::Service;

use super::{Refuse, is_infrastructure};
use crate::error::Error;

/// The coding of a compressed message.
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// The response header that lists the accepted codings.
const ACCEPTED: HeaderName = HeaderName::from_static("grpc-accept-encoding");
/// Bytes of a frame besides its message: a flag and the length.
const FRAME_BYTES: usize = 5;

/// Makes [`OneMessage`]s.
#[derive(Debug, Clone)]
pub struct Layer {
    bytes_max: usize,
    refuse: Refuse,
}

impl Layer {
    /// Messages have at most `bytes_max` bytes after decompression. A body that breaks off is answered with the status
    /// that it breaks off with.
    pub fn new(bytes_max: usize, refuse: Refuse) -> Self {
        Self { bytes_max, refuse }
    }

    async fn read(&self, request: Request<Body>) -> Result<Request<Body>, Response<Body>> {
        let refuse = |error: Error| (self.refuse)(&error);
        let (mut head, body) = request.into_parts();
        let coding = coding(&mut head.headers).map_err(refuse)?;
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(status) => return Err(status.into_http()),
        };
        let body = plain(body, coding, self.bytes_max).map_err(refuse)?;
        Ok(Request::from_parts(head, Body::new(Full::new(body))))
    }
}

/// The coding of the request's message.
fn coding(headers: &mut HeaderMap) -> Result<Option<Coding>, Error> {
    let Some(name) = headers.remove(ENCODING) else {
        return Ok(None);
    };
    match name.to_str() {
        Ok("identity") => Ok(None),
        Ok(name) => Coding::named(name).map(Some).ok_or(Error::Coding),
        Err(_) => Err(Error::Coding),
    }
}

/// The body as one uncompressed frame.
fn plain(body: Bytes, coding: Option<Coding>, bytes_max: usize) -> Result<Bytes, Error> {
    let mut message = body.clone();
    if message.len() < FRAME_BYTES {
        return Err(Error::NotOneMessage);
    }
    let flag = message.get_u8();
    let length = message.get_u32() as usize;
    if length != message.len() {
        return Err(Error::NotOneMessage);
    }
    match (flag, coding) {
        (0, _) => Ok(body),
        (1, Some(coding)) => {
            let message = coding
                .decode(&message, bytes_max)
                .map_err(|error| match error {
                    Undecodable::Broken => Error::Undecodable,
                    Undecodable::TooLarge => Error::RequestTooLarge,
                })?;
            let mut frame = BytesMut::with_capacity(FRAME_BYTES + message.len());
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).map_err(|_| Error::RequestTooLarge)?);
            frame.put(message);
            Ok(frame.freeze())
        }
        _ => Err(Error::Undecodable),
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = OneMessage<S>;

    fn layer(&self, inner: S) -> OneMessage<S> {
        OneMessage {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that gets requests of one plain frame.
#[derive(Debug, Clone)]
pub struct OneMessage<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for OneMessage<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    /// If dropped while the message is read, nothing has started.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if is_infrastructure(request.uri().path()) {
            return Box::pin(self.inner.call(request));
        }
        let layer = self.layer.clone();
        // Call the service that was polled ready, and keep the clone.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let mut response = match layer.read(request).await {
                Ok(request) => ready.call(request).await?,
                Err(response) => response,
            };
            let accepted = HeaderValue::from_static("identity,gzip,zstd");
            response.headers_mut().insert(ACCEPTED, accepted);
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tower::{Layer as _, service_fn};

    use super::super::echo;
    use super::*;

    fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).expect("short");
        [&[flag][..], &length.to_be_bytes(), message].concat()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    /// The body that arrives inside, or the text of the refusal.
    async fn arriving(coding: Option<&str>, body: Vec<u8>) -> Result<Bytes, String> {
        let inner = service_fn(|request: Request<Body>| async move {
            assert!(!request.headers().contains_key(ENCODING));
            let body = request.into_body().collect().await.expect("it is whole");
            let mut response = echo::fine();
            response.extensions_mut().insert(body.to_bytes());
            Ok::<_, Infallible>(response)
        });
        let mut request = echo::request("/order.v1.OrderService/CreateOrder");
        if let Some(coding) = coding {
            request
                .headers_mut()
                .insert(ENCODING, coding.parse().expect("ASCII"));
        }
        *request.body_mut() = Body::new(Full::new(Bytes::from(body)));
        let mut answer = echo::call(Layer::new(1000, echo::refuse).layer(inner), request).await;
        assert_eq!(answer.headers()[ACCEPTED], "identity,gzip,zstd");
        match answer.extensions_mut().remove() {
            Some(body) => Ok(body),
            None => Err(echo::status(&answer)
                .expect("a refusal")
                .message()
                .to_owned()),
        }
    }

    #[tokio::test]
    async fn a_compressed_message_arrives_plain() {
        let plain = frame(0, b"hello");
        assert_eq!(
            arriving(None, plain.clone()).await.as_deref(),
            Ok(&plain[..])
        );
        assert_eq!(
            arriving(Some("identity"), plain.clone()).await.as_deref(),
            Ok(&plain[..])
        );
        // A client may leave a small message uncompressed.
        assert_eq!(
            arriving(Some("gzip"), plain.clone()).await.as_deref(),
            Ok(&plain[..])
        );
        let gzipped = frame(1, &gzip(b"hello"));
        assert_eq!(
            arriving(Some("gzip"), gzipped).await.as_deref(),
            Ok(&plain[..])
        );
        let zstd = frame(1, &zstd::encode_all(&b"hello"[..], 0).expect("memory"));
        assert_eq!(
            arriving(Some("zstd"), zstd).await.as_deref(),
            Ok(&plain[..])
        );
    }

    #[tokio::test]
    async fn what_is_not_one_message_is_refused_with_its_cause() {
        let two = [frame(0, b"a"), frame(0, b"b")].concat();
        let bomb = frame(1, &gzip(&vec![0; 100_000]));
        for (coding, body, error) in [
            (None, two, Error::NotOneMessage),
            (None, Vec::new(), Error::NotOneMessage),
            (None, frame(0, b"abc")[..7].to_vec(), Error::NotOneMessage),
            (None, frame(1, b"abc"), Error::Undecodable),
            (Some("gzip"), frame(1, b"abc"), Error::Undecodable),
            (None, frame(2, b"abc"), Error::Undecodable),
            (Some("gzip"), bomb, Error::RequestTooLarge),
            (Some("snappy"), frame(1, b"abc"), Error::Coding),
        ] {
            assert_eq!(arriving(coding, body).await, Err(error.to_string()));
        }
    }
}
