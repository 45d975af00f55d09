//! Refuses pages of foreign origins, and answers the preflight requests of the others.
//!
//! The policy is that of the gateway. Does not know what an rpc does: every method but GET, HEAD and OPTIONS may change
//! something.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use order_gateway::browser::{Forbidden, Policy};
use tonic::body::Body;
use tower::Service;

use super::Refuse;
use crate::error::Error;

/// Makes [`Web`]s with one policy.
#[derive(Debug, Clone)]
pub struct Layer {
    browsers: Arc<Policy>,
    refuse: Refuse,
}

impl Layer {
    pub fn new(browsers: Policy, refuse: Refuse) -> Self {
        Self {
            browsers: Arc::new(browsers),
            refuse,
        }
    }

    /// The answer to a request that no rpc gets.
    fn answer(&self, request: &Request<Body>) -> Option<Response<Body>> {
        if let Err(forbidden) = self.browsers.check(request) {
            let (error, code) = match forbidden {
                Forbidden::MalformedHost => (Error::HostMalformed, StatusCode::BAD_REQUEST),
                Forbidden::Host => (Error::HostForbidden, StatusCode::FORBIDDEN),
                Forbidden::Origin => (Error::OriginForbidden, StatusCode::FORBIDDEN),
            };
            let mut response = (self.refuse)(&error);
            // Clients of gRPC read the status in the headers, all others the code of HTTP.
            *response.status_mut() = code;
            return Some(response);
        }
        let headers = request.headers();
        if request.method() != Method::OPTIONS
            || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let allow = HeaderValue::from_static("POST");
        response.headers_mut().insert(ALLOW, allow);
        Some(response)
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Web<S>;

    fn layer(&self, inner: S) -> Web<S> {
        Web {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service behind the policy.
#[derive(Debug, Clone)]
pub struct Web<S> {
    inner: S,
    layer: Layer,
}

impl<S> Service<Request<Body>> for Web<S>
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

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let browsers = Arc::clone(&self.layer.browsers);
        let requested: HeaderMap = request.headers().clone();
        let finish = move |mut response: Response<Body>| {
            browsers.add_headers(&requested, response.headers_mut());
            response
        };
        match self.layer.answer(&request) {
            Some(response) => Box::pin(std::future::ready(Ok(finish(response)))),
            None => {
                let answer = self.inner.call(request);
                Box::pin(async move { answer.await.map(finish) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_REQUEST_HEADERS, HOST, ORIGIN,
    };
    use order_gateway::browser::Hosts;
    use tower::Layer as _;

    use super::super::echo;
    use super::*;

    async fn answer(method: Method, host: &str, origin: &str) -> Response<Body> {
        let local = std::net::Ipv4Addr::LOCALHOST.into();
        let policy = Policy::of_listener(local, None, Hosts::default());
        let service = Layer::new(policy, echo::refuse).layer(echo::answering(echo::fine));
        let mut request = echo::request("/order.v1.OrderService/CreateOrder");
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(HOST, host.parse().expect("ASCII"));
        headers.insert(ORIGIN, origin.parse().expect("ASCII"));
        headers.insert(
            ACCESS_CONTROL_REQUEST_METHOD,
            "POST".parse().expect("ASCII"),
        );
        let asked = "idempotency-key,x-tenant".parse().expect("ASCII");
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, asked);
        echo::call(service, request).await
    }

    #[tokio::test]
    async fn an_allowed_page_may_send_metadata_and_read_every_header() {
        let page = "http://localhost:3000";
        let asked = answer(Method::OPTIONS, "localhost:9084", page).await;
        assert_eq!(
            asked.headers()[ACCESS_CONTROL_ALLOW_HEADERS],
            "idempotency-key,x-tenant"
        );
        assert_eq!(asked.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], page);
        let answered = answer(Method::POST, "localhost:9084", page).await;
        assert_eq!(answered.headers()[ACCESS_CONTROL_EXPOSE_HEADERS], "*");
    }

    #[tokio::test]
    async fn a_foreign_page_and_a_foreign_name_are_refused() {
        let foreign = "https://evil.example";
        let asked = answer(Method::OPTIONS, "localhost:9084", foreign).await;
        assert!(!asked.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        for (host, origin, error) in [
            ("localhost:9084", foreign, Error::OriginForbidden),
            (
                "evil.example:9084",
                "http://evil.example:9084",
                Error::HostForbidden,
            ),
        ] {
            let refused = answer(Method::POST, host, origin).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN);
            let status = echo::status(&refused).expect("a status");
            assert_eq!(status.message(), error.to_string());
        }
    }
}
