//! One HTTP request from its head to its response. Owns the order of the checks; knows no sockets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::answer;
use crate::body::Content;
use crate::limits::{BODY_BYTES_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX, REQUESTS_MAX, STREAMS_MAX};
use crate::problem::Problem;
use crate::problem::render::Form;
use crate::request::{self, Parts};
use crate::route::{Found, Match, Router};
use crate::stream::{self, Bounds, Closing, Format};
use crate::table::Tables;
use crate::trace;
use crate::upstream::{Upstream, metadata};

/// What every request shares.
#[derive(Debug)]
pub(crate) struct Handler {
    tables: &'static Tables,
    router: Router,
    upstream: Upstream,
    places: Semaphore,
    stream_places: Arc<Semaphore>,
    keep_alive: Duration,
    closing: watch::Sender<bool>,
}

impl Handler {
    pub(crate) fn new(tables: &'static Tables, upstream: Upstream, keep_alive: Duration) -> Self {
        Self {
            tables,
            router: Router::new(tables),
            upstream,
            places: Semaphore::new(REQUESTS_MAX),
            stream_places: Arc::new(Semaphore::new(STREAMS_MAX)),
            keep_alive,
            closing: watch::Sender::new(false),
        }
    }

    /// Ends the streams, which would never end by themselves; other requests go on.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Answers a request; every failure is an answer too. Dropping the future cancels the call to the service.
    pub(crate) async fn handle<B>(&self, request: Request<B>) -> Response<Content>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let form = Form::of(&head.headers);
        if let Some(probe) = self.probe(&head.method, head.uri.path(), form).await {
            return probe;
        }
        let matched = self.matched(&head);
        let template = matched.as_ref().map_or("", |found| found.route.template);
        let span = trace::span(&head.method, template, &head.headers);
        let outcome = match matched {
            Ok(matched) => {
                self.serve(&matched, &head, body, &span)
                    .instrument(span.clone())
                    .await
            }
            Err(problem) => Err(problem),
        };
        let response = outcome.unwrap_or_else(|problem| problem.response(self.tables, form));
        span.record("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        response
    }

    fn matched<'p>(&self, head: &'p http::request::Parts) -> Result<Match<'p>, Problem> {
        let path = head.uri.path();
        if path.len() > PATH_BYTES_MAX {
            return Err(Problem::too_large("path", PATH_BYTES_MAX));
        }
        if head
            .uri
            .query()
            .is_some_and(|query| query.len() > QUERY_BYTES_MAX)
        {
            return Err(Problem::too_large("query", QUERY_BYTES_MAX));
        }
        match self.router.find(head.method.as_str(), path) {
            Found::Route(matched) => Ok(matched),
            Found::OtherMethods(methods) => Err(Problem::method_not_allowed(&methods)),
            Found::Nothing => Err(Problem::no_route()),
            Found::Malformed => Err(Problem::invalid_field(
                "",
                "the path is not percent-encoded UTF-8",
            )),
        }
    }

    async fn serve<B>(
        &self,
        matched: &Match<'_>,
        head: &http::request::Parts,
        body: B,
        span: &Span,
    ) -> Result<Response<Content>, Problem>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let route = matched.route;
        if route.client_streaming {
            return Err(Problem::streams_not_implemented());
        }
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| Problem::overloaded())?;
        let deadline = metadata::deadline(&head.headers).map_err(|()| {
            Problem::invalid_field(
                "Grpc-Timeout",
                "must be up to 8 digits and a unit, as in 500m",
            )
        })?;
        let body = read(&head.headers, body).await?;
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let parts = Parts {
            query: head.uri.query().unwrap_or_default(),
            content_type,
            body: &body,
        };
        let message = request::encode(self.tables, matched, &parts)
            .map_err(|fault| Problem::invalid(&fault))?;
        let mut call_metadata = metadata::inward(&head.headers);
        trace::inject(span, &mut call_metadata);
        if route.server_streaming {
            let place = Arc::clone(&self.stream_places)
                .try_acquire_owned()
                .map_err(|_| Problem::overloaded())?;
            let bounds = Bounds {
                deadline: deadline.map(|wait| Instant::now() + wait),
                keep_alive: self.keep_alive,
                closing: Closing::of(self.closing.subscribe()),
                place,
            };
            let format = Format::of(route, &head.headers);
            let reply = self
                .upstream
                .stream(route, call_metadata, message, deadline)
                .await?;
            return stream::response(self.tables, route, format, reply, bounds).await;
        }
        let reply = self
            .upstream
            .call(route, call_metadata, message, deadline)
            .await?;
        answer::response(self.tables, route, reply)
    }

    /// `/healthz` and `/readyz`, which no proto knows.
    async fn probe(&self, method: &Method, path: &str, form: Form) -> Option<Response<Content>> {
        let alive = match path {
            "/healthz" => true,
            "/readyz" => false,
            _ => return None,
        };
        if method != Method::GET && method != Method::HEAD {
            let refused = Problem::method_not_allowed(&["GET", "HEAD"]);
            return Some(refused.response(self.tables, form));
        }
        let (status, body) = if alive {
            (StatusCode::OK, "{\"status\":\"ALIVE\"}")
        } else if self.upstream.is_ready().await {
            (StatusCode::OK, "{\"status\":\"SERVING\"}")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "{\"status\":\"NOT_SERVING\"}",
            )
        };
        let mut response = Response::new(Content::from(Bytes::from_static(body.as_bytes())));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(response)
    }
}

/// The whole body, within its bound.
async fn read<B>(headers: &HeaderMap, body: B) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
        return Err(Problem::body_too_large());
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large()),
        Err(_) => Err(Problem::invalid_field("", "the body ended early")),
    }
}
