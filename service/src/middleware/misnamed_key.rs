//! Warns clients that send their idempotency key under a name that is not read, and believe that repeats are safe.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response};
use tonic::body::Body;
use tower::Service;

/// The name that other APIs use.
const MISNAMED: HeaderName = HeaderName::from_static("x-idempotency-key");
/// The name that is read.
const READ: HeaderName = HeaderName::from_static("idempotency-key");
/// As RFC 9111 had it: 299 is a miscellaneous warning that stays until it is acted upon.
const WARNING: HeaderName = HeaderName::from_static("warning");
const TEXT: HeaderValue =
    HeaderValue::from_static("299 - \"x-idempotency-key is not read: send idempotency-key\"");

/// Makes [`MisnamedKey`]s.
#[derive(Debug, Clone, Copy)]
pub struct Layer;

impl<S> tower::Layer<S> for Layer {
    type Service = MisnamedKey<S>;

    fn layer(&self, inner: S) -> MisnamedKey<S> {
        MisnamedKey(inner)
    }
}

/// The service behind the layer.
#[derive(Debug, Clone)]
pub struct MisnamedKey<S>(S);

impl<S> Service<Request<Body>> for MisnamedKey<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let headers = request.headers();
        let is_misnamed = headers.contains_key(MISNAMED) && !headers.contains_key(READ);
        let answer = self.0.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            if is_misnamed {
                response.headers_mut().insert(WARNING, TEXT);
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use tower::Layer as _;

    #[tokio::test]
    async fn only_a_key_under_the_wrong_name_earns_a_warning() {
        for (names, warned) in [
            (vec!["x-idempotency-key"], true),
            (vec!["x-idempotency-key", "idempotency-key"], false),
            (vec!["idempotency-key"], false),
            (vec![], false),
        ] {
            let mut request = echo::request("/order.v1.OrderService/CreateOrder");
            for name in &names {
                request
                    .headers_mut()
                    .insert(*name, HeaderValue::from_static("k"));
            }
            let service = Layer.layer(echo::answering(echo::fine));
            let response = echo::call(service, request).await;
            assert_eq!(
                response.headers().contains_key(WARNING),
                warned,
                "{names:?}"
            );
        }
    }
}
