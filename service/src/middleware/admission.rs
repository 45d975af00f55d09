//! Bounds the number of concurrent requests: one more is refused at once, not queued.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::body::Body;
use tower::Service;

use super::{Refuse, is_infrastructure};
use crate::error::Error;

/// Most concurrent requests on one replica.
pub const REQUESTS_MAX: usize = 4096;

/// Makes [`Admission`]s that share one bound.
#[derive(Debug, Clone)]
pub struct Layer {
    room: Arc<Semaphore>,
    refuse: Refuse,
}

impl Layer {
    /// Admits `requests_max` concurrent requests. Health and reflection need no permit.
    pub fn new(requests_max: usize, refuse: Refuse) -> Self {
        Self {
            room: Arc::new(Semaphore::new(requests_max)),
            refuse,
        }
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Admission<S>;

    fn layer(&self, inner: S) -> Admission<S> {
        Admission {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service behind the bound.
#[derive(Debug, Clone)]
pub struct Admission<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for Admission<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, Admitted<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let exempt = is_infrastructure(request.uri().path());
        let permit = self.layer.room.clone().try_acquire_owned().ok();
        if permit.is_none() && !exempt {
            return Either::Left(ready(Ok((self.layer.refuse)(&Error::Overloaded))));
        }
        let place = permit
            .filter(|_| !exempt)
            .map(|permit| Place(Arc::new(permit)));
        if let Some(place) = &place {
            request.extensions_mut().insert(place.clone());
        }
        Either::Right(Admitted {
            answer: Box::pin(self.inner.call(request)),
            _place: place,
        })
    }
}

/// The place of one admitted request, as an extension of it. Work that outlives its client keeps a clone: the place is
/// free when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Place(
    #[expect(dead_code, reason = "held until it is dropped")] Arc<OwnedSemaphorePermit>,
);

/// A response future; its place is given up when it resolves or is dropped.
#[derive(Debug)]
pub struct Admitted<F> {
    answer: Pin<Box<F>>,
    _place: Option<Place>,
}

impl<F: Future> Future for Admitted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.answer.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use tower::{Layer as _, service_fn};

    #[tokio::test]
    async fn work_that_outlives_its_request_keeps_the_place() {
        let (kept, mut keeps) = tokio::sync::mpsc::unbounded_channel();
        let keeping = service_fn(move |request: Request<Body>| {
            let place = request.extensions().get::<Place>().cloned();
            let sent = kept.send(place.expect("an admitted request has a place"));
            sent.expect("the test receives");
            std::future::ready(Ok::<_, Infallible>(echo::fine()))
        });
        let layer = Layer::new(1, echo::refuse);
        let service = layer.layer(keeping);
        let asked = || echo::request("/order.v1.OrderService/CreateOrder");
        let answered = echo::call(service.clone(), asked()).await;
        assert!(echo::status(&answered).is_none());
        let place = keeps.recv().await.expect("it was kept");
        let refused = echo::call(service.clone(), asked()).await;
        assert!(echo::status(&refused).is_some(), "the work still runs");
        drop(place);
        let answered = echo::call(service, asked()).await;
        assert!(echo::status(&answered).is_none());
    }

    #[tokio::test]
    async fn one_request_too_many_is_refused_and_health_is_not() {
        let never = service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, Infallible>>()
        });
        let layer = Layer::new(1, echo::refuse);
        let mut full = layer.layer(never);
        let under_way = full.call(echo::request("/order.v1.OrderService/CreateOrder"));
        let service = layer.layer(echo::answering(echo::fine));
        let asked = || echo::request("/order.v1.OrderService/GetOrder");

        let refused = echo::call(service.clone(), asked()).await;
        let status = echo::status(&refused).expect("it is refused");
        assert_eq!(status.message(), Error::Overloaded.to_string());
        let health = echo::request("/grpc.health.v1.Health/Check");
        assert!(echo::status(&echo::call(service.clone(), health).await).is_none());

        drop(under_way);
        assert!(echo::status(&echo::call(service, asked()).await).is_none());
    }
}
