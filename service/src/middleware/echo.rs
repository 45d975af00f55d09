//! A service for testing layers: responds at once, later, or with a status.

use std::convert::Infallible;

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt as _, service_fn};

use crate::error::Error;

pub(super) type Echo = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// A refusal that the tests can read: the error's own words.
pub(super) fn refuse(error: &Error) -> Response<Body> {
    Status::unknown(error.to_string()).into_http()
}

/// Responds to every request with this.
pub(super) fn answering(make: fn() -> Response<Body>) -> Echo {
    BoxCloneSyncService::new(service_fn(move |_: Request<Body>| async move {
        Ok::<_, Infallible>(make())
    }))
}

/// An empty answer without a fault.
pub(super) fn fine() -> Response<Body> {
    Response::new(Body::empty())
}

pub(super) fn request(path: &str) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().expect("a path");
    request
}

/// The response of a service.
pub(super) async fn call<S>(service: S, request: Request<Body>) -> Response<Body>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    match service.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The status in a response's headers; `None` for success.
pub(super) fn status(response: &Response<Body>) -> Option<Status> {
    Status::from_header_map(response.headers())
}
