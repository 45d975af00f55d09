//! Ends calls at the deadline in their `grpc-timeout`, unary ones and streams, also where the client does not.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, ready};
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep, timeout_at};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::Refuse;
use crate::error::Error;

/// Makes [`Timeout`]s.
#[derive(Debug, Clone)]
pub struct Layer {
    refuse: Refuse,
}

impl Layer {
    pub fn new(refuse: Refuse) -> Self {
        Self { refuse }
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Timeout<S>;

    fn layer(&self, inner: S) -> Timeout<S> {
        Timeout {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service whose calls end at their deadlines.
#[derive(Debug, Clone)]
pub struct Timeout<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for Timeout<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    /// The call is dropped at its deadline, as when its client leaves.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let refuse = self.layer.refuse;
        let wait: Duration = match order_gateway::grpc_timeout(request.headers()) {
            Ok(None) => return Box::pin(self.inner.call(request)),
            Ok(Some(wait)) => wait,
            Err(_) => return Box::pin(ready(Ok(refuse(&Error::TimeoutMalformed)))),
        };
        let expiry = sleep(wait);
        let deadline = expiry.deadline();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let Ok(answer) = timeout_at(deadline, answer).await else {
                return Ok(refuse(&Error::DeadlineExceeded));
            };
            Ok(answer?.map(|body| {
                Body::new(Bounded {
                    body,
                    expiry: Box::pin(expiry),
                    refuse,
                    is_over: false,
                })
            }))
        })
    }
}

/// A body that ends with DEADLINE_EXCEEDED when its time is over.
#[derive(Debug)]
struct Bounded {
    body: Body,
    expiry: Pin<Box<Sleep>>,
    refuse: Refuse,
    is_over: bool,
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(next);
        }
        if self.expiry.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.is_over = true;
        // Dropping the stream ends the work for it.
        self.body = Body::empty();
        let trailers = trailers((self.refuse)(&Error::DeadlineExceeded).headers());
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// The status in the headers of a refusal, as trailers.
fn trailers(refusal: &HeaderMap) -> HeaderMap {
    let status = refusal
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("grpc-"));
    status
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};
    use tower::{Layer as _, service_fn};

    use super::super::echo;
    use super::*;

    fn asked(timeout: &str) -> Request<Body> {
        let mut request = echo::request("/order.v1.OrderService/WatchOrder");
        let headers = request.headers_mut();
        headers.insert("grpc-timeout", timeout.parse().expect("ASCII"));
        request
    }

    #[tokio::test(start_paused = true)]
    async fn a_unary_call_ends_at_its_deadline() {
        let never = service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, Infallible>>()
        });
        let service = Layer::new(echo::refuse).layer(never);
        let status = echo::status(&echo::call(service, asked("50m")).await);
        let expected = Error::DeadlineExceeded.to_string();
        assert_eq!(status.expect("it ends").message(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_at_its_deadline_after_what_it_has_sent() {
        let streaming = service_fn(|_: Request<Body>| async {
            let first = stream::iter([Ok::<_, Status>(Frame::data(Bytes::from_static(b"one")))]);
            let body = StreamBody::new(first.chain(stream::pending()));
            Ok::<_, Infallible>(Response::new(Body::new(body)))
        });
        let service = Layer::new(echo::refuse).layer(streaming);
        let answer = echo::call(service, asked("2S")).await;
        let body = answer.into_body().collect().await.expect("it ends");
        let trailers = body.trailers().expect("a status").clone();
        assert_eq!(body.to_bytes(), "one");
        let status = Status::from_header_map(&trailers).expect("a status");
        assert_eq!(status.message(), Error::DeadlineExceeded.to_string());
    }

    #[tokio::test]
    async fn a_malformed_deadline_is_refused() {
        for malformed in ["soon", "1", "-1S", "123456789S", "1.5S"] {
            let service = Layer::new(echo::refuse).layer(echo::answering(echo::fine));
            let status = echo::status(&echo::call(service, asked(malformed)).await);
            let expected = Error::TimeoutMalformed.to_string();
            assert_eq!(status.expect("a status").message(), expected, "{malformed}");
        }
    }
}
