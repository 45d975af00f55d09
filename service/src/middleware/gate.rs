//! Refuses new work while the service shuts down. Running requests continue.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::Service;

use super::{Refuse, is_infrastructure};
use crate::error::Error;

/// Makes [`Gate`]s that close when `closed` is cancelled.
#[derive(Debug, Clone)]
pub struct Layer {
    closed: CancellationToken,
    refuse: Refuse,
}

impl Layer {
    /// A gate that closes with this token. Health and reflection pass a closed gate, so that probes see the shutdown.
    pub fn new(closed: CancellationToken, refuse: Refuse) -> Self {
        Self { closed, refuse }
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service behind the gate.
#[derive(Debug, Clone)]
pub struct Gate<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if self.layer.closed.is_cancelled() && !is_infrastructure(request.uri().path()) {
            Either::Left(ready(Ok((self.layer.refuse)(&Error::ShuttingDown))))
        } else {
            Either::Right(self.inner.call(request))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use tower::Layer as _;

    #[tokio::test]
    async fn a_closed_gate_refuses_work_and_lets_health_through() {
        let closed = CancellationToken::new();
        let gate = Layer::new(closed.clone(), echo::refuse).layer(echo::answering(echo::fine));
        let order = || echo::request("/order.v1.OrderService/GetOrder");
        let open = echo::call(gate.clone(), order()).await;
        assert!(echo::status(&open).is_none());
        closed.cancel();
        let refused = echo::call(gate.clone(), order()).await;
        let status = echo::status(&refused).expect("it is refused");
        assert_eq!(status.message(), Error::ShuttingDown.to_string());
        let health = echo::call(gate, echo::request("/grpc.health.v1.Health/Check")).await;
        assert!(echo::status(&health).is_none());
    }
}
