//! One HTTP request from its head to its response. Owns the order of the checks; knows no sockets.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Body;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::accept;
use crate::answer;
use crate::body::Content;
use crate::coding;
use crate::cors::Origins;
use crate::limits::{
    HEADER_BYTES_MAX, HEADERS_MAX, METADATA_BYTES_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX, Waits,
};
use crate::media;
use crate::pages::{Page, Pages};
use crate::payload;
use crate::precondition;
use crate::problem::Problem;
use crate::problem::render::Form;
use crate::request::{self, Parts};
use crate::route::{Found, Match, Router};
use crate::stream::{self, Bounds, Closing, Format};
use crate::table::{Body as Bound, Route, Shape, Tables};
use crate::trace;
use crate::upstream::{Upstream, metadata};

/// What every request shares.
#[derive(Debug)]
pub(crate) struct Handler {
    tables: &'static Tables,
    router: Router,
    pages: Pages,
    upstream: Upstream,
    places: Semaphore,
    waits: Waits,
    origins: Origins,
    closing: watch::Sender<bool>,
}

impl Handler {
    pub(crate) fn new(
        tables: &'static Tables,
        upstream: Upstream,
        waits: Waits,
        requests_max: usize,
        origins: Origins,
    ) -> Self {
        Self {
            tables,
            router: Router::new(tables),
            pages: Pages::new(tables),
            upstream,
            places: Semaphore::new(requests_max),
            waits,
            origins,
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
        let mut response = self.answer(&head, body).await;
        self.origins.admit(&head.headers, response.headers_mut());
        coding::encode(&head.headers, &mut response).await;
        if head.method == Method::HEAD {
            bare(&mut response);
        }
        response
    }

    async fn answer<B>(&self, head: &http::request::Parts, body: B) -> Response<Content>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let form = Form::of(&head.headers);
        if let Err(problem) = bounded(head) {
            return problem.response(self.tables, form);
        }
        if let Some(probe) = self.probe(&head.method, head.uri.path(), form).await {
            return probe;
        }
        let matched = match self.matched(head) {
            Ok(Lead::Route(matched)) => Ok(matched),
            Ok(Lead::Methods(allow)) => return methods(&allow),
            Ok(Lead::Page(page)) => return page.response(&head.headers),
            Err(problem) => Err(problem),
        };
        let template = matched.as_ref().map_or("", |found| found.route.template);
        let span = trace::span(&head.method, template, &head.headers);
        let outcome = match matched {
            Ok(matched) => {
                self.serve(&matched, head, body, &span)
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

    fn matched<'p>(&'p self, head: &'p http::request::Parts) -> Result<Lead<'p>, Problem> {
        let path = head.uri.path();
        let mut found = self.router.find(head.method.as_str(), path);
        if head.method == Method::HEAD
            && let Found::OtherMethods(methods) = &found
            && methods.contains(&"GET")
        {
            found = self.router.find("GET", path);
        }
        match found {
            Found::Route(matched) => Ok(Lead::Route(matched)),
            Found::OtherMethods(methods) => other_method(&head.method, methods).map(Lead::Methods),
            Found::Nothing => match self.pages.find(path) {
                Some(page) if head.method == Method::GET || head.method == Method::HEAD => {
                    Ok(Lead::Page(page))
                }
                Some(_) => other_method(&head.method, vec!["GET"]).map(Lead::Methods),
                None => Err(Problem::no_route()),
            },
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
                "must be one value of up to 8 digits and a unit, as in 500m",
            )
        })?;
        let offered = Format::offered(route);
        // Who asks for errors in their own form asks for no other answer than there is.
        if !offered.is_empty()
            && !accept::takes(&head.headers, offered)
            && Form::of(&head.headers) != Form::ProblemJson
        {
            return Err(Problem::not_acceptable(offered));
        }
        let body = payload::read(&head.headers, body, self.waits.body).await?;
        if !body.is_empty() && takes_json(route) && !media::is_json(&head.headers) {
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
            body: &body,
        };
        let mut message = request::encode(self.tables, matched, &parts)
            .map_err(|fault| Problem::invalid(&fault))?;
        precondition::put(&head.headers, route.input, &mut message)
            .map_err(|fault| Problem::invalid(&fault))?;
        let mut call_metadata = metadata::inward(&head.headers)
            .map_err(|name| Problem::invalid_field(name.as_str(), "must be base64"))?;
        if metadata::bytes(&call_metadata) > METADATA_BYTES_MAX {
            return Err(Problem::headers_too_large());
        }
        trace::inject(span, &mut call_metadata);
        if route.server_streaming {
            let place = self.upstream.place().ok_or_else(Problem::overloaded)?;
            let ends = deadline.map(|wait| Instant::now() + wait);
            let reply = Upstream::stream(&place, route, call_metadata, message, deadline).await?;
            let bounds = Bounds {
                deadline: ends,
                keep_alive: self.waits.keep_alive,
                closing: Closing::of(self.closing.subscribe()),
                place: place.permit,
            };
            let format = Format::of(route, &head.headers);
            return stream::response(self.tables, route, format, reply, bounds).await;
        }
        let reply = self
            .upstream
            .call(
                route,
                call_metadata,
                message,
                deadline.unwrap_or(self.waits.call),
            )
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
            return Some(match other_method(method, vec!["GET"]) {
                Ok(allow) => methods(&allow),
                Err(problem) => problem.response(self.tables, form),
            });
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

/// Refuses a head that is too large; one that is far too large is refused where it is read.
fn bounded(head: &http::request::Parts) -> Result<(), Problem> {
    if head.uri.path().len() > PATH_BYTES_MAX {
        return Err(Problem::too_large("path", PATH_BYTES_MAX));
    }
    if head.uri.query().unwrap_or_default().len() > QUERY_BYTES_MAX {
        return Err(Problem::too_large("query", QUERY_BYTES_MAX));
    }
    let fields = head.headers.iter();
    let bytes: usize = fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if head.headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Problem::headers_too_large());
    }
    Ok(())
}

/// What a path and a method lead to.
#[derive(Debug)]
enum Lead<'p> {
    Route(Match<'p>),
    /// Somebody asks for the methods: these.
    Methods(String),
    /// Something of the gateway's own.
    Page(&'p Page),
}

/// What a path answers to a method that it does not take.
fn other_method(method: &Method, known: Vec<&'static str>) -> Result<String, Problem> {
    let methods = with_implied(known);
    if *method == Method::OPTIONS {
        Ok(methods.join(", "))
    } else {
        Err(Problem::method_not_allowed(&methods))
    }
}

/// With those that no proto names: HEAD goes wherever GET does, OPTIONS everywhere.
fn with_implied(mut methods: Vec<&'static str>) -> Vec<&'static str> {
    methods.push("OPTIONS");
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn methods(allow: &str) -> Response<Content> {
    let mut response = Response::new(Content::from(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// Takes the body off an answer, and leaves what was said of it.
fn bare(response: &mut Response<Content>) {
    if let Some(bytes) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    *response.body_mut() = Content::from(Bytes::new());
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
