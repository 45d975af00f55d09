//! Refuses requests that are no gRPC call: by method, content type and size of the metadata, before anything reads them.
//!
//! The HTTP code is that of the gRPC specification, 415 for a foreign content type; clients of gRPC read the status beside
//! it.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tonic::body::Body;
use tower::Service;

use super::Refuse;
use crate::error::Error;

/// Most bytes of a call's header fields, with 32 for each as HTTP/2 counts them.
pub const METADATA_BYTES_MAX: usize = 16 * 1024;
/// The bytes that HTTP/2 counts for a field besides its name and value.
const FIELD_BYTES: usize = 32;
/// The content types that are served, as the layers inside compare them.
const SERVED: [&str; 6] = [
    "application/grpc",
    "application/grpc+proto",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];

/// Makes [`Grpc`]s.
#[derive(Debug, Clone)]
pub struct Layer {
    refuse: Refuse,
}

impl Layer {
    pub fn new(refuse: Refuse) -> Self {
        Self { refuse }
    }

    /// The answer to a request that is no call.
    fn refusal(&self, error: &Error) -> Response<Body> {
        let mut response = (self.refuse)(error);
        if matches!(error, Error::MethodNotAllowed) {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let allow = HeaderValue::from_static("POST");
            response.headers_mut().insert(ALLOW, allow);
        } else if matches!(error, Error::MediaType) {
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        }
        response
    }
}

/// The content type of a call, as the layers inside compare it.
fn check(request: &Request<Body>) -> Result<&'static str, Error> {
    if request.method() != Method::POST {
        return Err(Error::MethodNotAllowed);
    }
    let served = content_type(request.headers()).ok_or(Error::MediaType)?;
    if metadata_bytes(request.headers()) > METADATA_BYTES_MAX {
        return Err(Error::MetadataTooLarge);
    }
    Ok(served)
}

/// The served content type, without parameters and in lower case.
fn content_type(headers: &HeaderMap) -> Option<&'static str> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next()?.trim();
    let mut served = SERVED.into_iter();
    served.find(|served| essence.eq_ignore_ascii_case(served))
}

fn metadata_bytes(headers: &HeaderMap) -> usize {
    let sizes = headers.iter();
    sizes
        .map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES)
        .sum()
}

impl<S> tower::Layer<S> for Layer {
    type Service = Grpc<S>;

    fn layer(&self, inner: S) -> Grpc<S> {
        Grpc {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that gets gRPC calls only.
#[derive(Debug, Clone)]
pub struct Grpc<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for Grpc<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match check(&request) {
            Ok(served) => {
                let served = HeaderValue::from_static(served);
                request.headers_mut().insert(CONTENT_TYPE, served);
                Either::Right(self.inner.call(request))
            }
            Err(error) => Either::Left(ready(Ok(self.layer.refusal(&error)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use tower::Layer as _;

    use super::super::echo;
    use super::*;

    async fn answer(
        method: Method,
        content_type: &str,
        metadata_bytes: usize,
    ) -> (u16, Option<String>) {
        let service = Layer::new(echo::refuse).layer(echo::answering(echo::fine));
        let mut request = echo::request("/order.v1.OrderService/CreateOrder");
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, content_type.parse().expect("ASCII"));
        headers.insert("x-much", "x".repeat(metadata_bytes).parse().expect("ASCII"));
        let answer = echo::call(service, request).await;
        let message = echo::status(&answer).map(|status| status.message().to_owned());
        (answer.status().as_u16(), message)
    }

    #[tokio::test]
    async fn only_posts_of_grpc_and_grpc_web_are_calls() {
        for served in [
            "application/grpc",
            "Application/gRPC+Proto; charset=utf-8",
            "application/grpc-web-text",
        ] {
            assert_eq!(
                answer(Method::POST, served, 0).await,
                (200, None),
                "{served}"
            );
        }
        for foreign in [
            "text/plain",
            "application/json",
            "application/grpc+json",
            "application/grpcx",
            "application/grpc-web+json",
        ] {
            let expected = (415, Some(Error::MediaType.to_string()));
            assert_eq!(
                answer(Method::POST, foreign, 0).await,
                expected,
                "{foreign}"
            );
        }
        for method in [Method::PUT, Method::GET, Method::OPTIONS] {
            let expected = (405, Some(Error::MethodNotAllowed.to_string()));
            assert_eq!(answer(method, "application/grpc", 0).await, expected);
        }
    }

    #[tokio::test]
    async fn metadata_beyond_its_bound_is_a_status() {
        let grpc = "application/grpc";
        assert_eq!(answer(Method::POST, grpc, 15 * 1024).await, (200, None));
        let expected = (200, Some(Error::MetadataTooLarge.to_string()));
        assert_eq!(answer(Method::POST, grpc, 17 * 1024).await, expected);
    }
}
