//! The call that a request makes: admission, the request message, the rpc, the response. Knows no paths and no pages.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, Response};
use hyper::body::Body;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::Span;

use super::trace;
use crate::limits::{METADATA_BYTES_MAX, Waits};
use crate::problem::Problem;
use crate::request::{self, Parts, accept, content_type, if_match};
use crate::response::body::Content;
use crate::response::failure::Form;
use crate::response::stream::frames::{Bounds, Shutdown};
use crate::response::stream::{self, Format};
use crate::response::unary;
use crate::route::Match;
use crate::table::{Body as Bound, Route, Shape, Tables};
use crate::upstream::{Upstream, metadata};

/// Calls to the service, bounded in number and in time.
#[derive(Debug)]
pub(super) struct Calls {
    tables: &'static Tables,
    upstream: Upstream,
    admission: Semaphore,
    waits: Waits,
    shutdown: watch::Sender<bool>,
}

impl Calls {
    pub(super) fn new(
        tables: &'static Tables,
        upstream: Upstream,
        waits: Waits,
        requests_max: usize,
    ) -> Self {
        Self {
            tables,
            upstream,
            admission: Semaphore::new(requests_max),
            waits,
            shutdown: watch::Sender::new(false),
        }
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) fn close(&self) {
        self.shutdown.send_replace(true);
    }

    /// Calls the route's rpc and renders its answer. Dropping the future cancels the call.
    pub(super) async fn serve<B>(
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
        let _permit = self
            .admission
            .try_acquire()
            .map_err(|_| Problem::overloaded())?;
        let deadline = metadata::deadline(&head.headers)
            .map_err(|malformed| Problem::invalid_field("Grpc-Timeout", &malformed.to_string()))?;
        check_accept(route, &head.headers)?;
        let body = request::body::read(&head.headers, body, self.waits.body).await?;
        let message = self.message(matched, head, &body)?;
        let metadata = call_metadata(&head.headers, span)?;
        if route.server_streaming {
            let place = self.upstream.place().ok_or_else(Problem::overloaded)?;
            let ends = deadline.map(|wait| Instant::now() + wait);
            let reply = Upstream::stream(&place, route, metadata, message, deadline).await?;
            let bounds = Bounds {
                deadline: ends,
                keep_alive: self.waits.keep_alive,
                shutdown: Shutdown::of(self.shutdown.subscribe()),
                place: place.permit,
            };
            let format = Format::of(route, &head.headers);
            return stream::response(self.tables, route, format, reply, bounds).await;
        }
        let deadline = deadline.unwrap_or(self.waits.call);
        let called = self.upstream.call(route, metadata, message, deadline).await;
        let reply = called.map_err(|problem| Problem {
            is_conditional: route.input.etag.is_some() && head.headers.contains_key(IF_MATCH),
            ..problem
        })?;
        unary::response(self.tables, route, reply)
    }

    /// The wire bytes of the request message.
    fn message(
        &self,
        matched: &Match<'_>,
        head: &http::request::Parts,
        body: &Bytes,
    ) -> Result<Vec<u8>, Problem> {
        let route = matched.route;
        if !body.is_empty() && takes_json(route) && !content_type::is_json(&head.headers) {
            return Err(Problem::unsupported_media_type());
        }
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let parts = Parts {
            query: head.uri.query().unwrap_or_default(),
            content_type,
            body,
        };
        let mut message = request::encode(self.tables, matched, &parts)
            .map_err(|fault| Problem::invalid(&fault))?;
        if_match::put(&head.headers, route.input, &mut message)
            .map_err(|fault| Problem::invalid(&fault))?;
        Ok(message)
    }
}

/// Refuses an `Accept` that admits none of the route's media types. A caller that names `application/problem+json` asks
/// for a form of errors, and restricts nothing else.
fn check_accept(route: &'static Route, headers: &HeaderMap) -> Result<(), Problem> {
    let offered = Format::offered(route);
    if offered.is_empty()
        || accept::admits(headers, offered)
        || Form::of(headers) == Form::ProblemJson
    {
        Ok(())
    } else {
        Err(Problem::not_acceptable(offered))
    }
}

/// The metadata of the call: the caller's, and the context of this span.
fn call_metadata(headers: &HeaderMap, span: &Span) -> Result<HeaderMap, Problem> {
    let mut metadata = metadata::inward(headers)
        .map_err(|name| Problem::invalid_field(name.as_str(), "must be base64"))?;
    if metadata::bytes(&metadata) > METADATA_BYTES_MAX {
        return Err(Problem::headers_too_large());
    }
    trace::inject(span, &mut metadata);
    Ok(metadata)
}

fn takes_json(route: &'static Route) -> bool {
    match route.body {
        Bound::None => false,
        Bound::Whole => route.input.shape != Shape::HttpBody,
        Bound::Field(field) => field
            .kind
            .message()
            .is_none_or(|message| message.shape != Shape::HttpBody),
    }
}
