//! One HTTP request, from its head to its response. Owns the order of the checks; knows no sockets.

mod bounds;
mod calls;
mod methods;
mod probe;
mod trace;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Body;
use tracing::Instrument as _;

use crate::browser::{Forbidden, Policy};
use crate::limits::Waits;
use crate::problem::Problem;
use crate::response::body::Content;
use crate::response::coding;
use crate::response::failure::{self, Form};
use crate::response::pages::{self, Page, Pages};
use crate::route::{Found, Match, Router};
use crate::table::Tables;
use crate::upstream::Upstream;
use calls::Calls;

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct Handler {
    tables: &'static Tables,
    router: Router,
    pages: Pages,
    browsers: Policy,
    calls: Calls,
}

/// What a path and a method lead to.
#[derive(Debug)]
enum Target<'p> {
    Route(Match<'p>),
    /// The answer to OPTIONS: the value of `Allow`.
    Methods(String),
    /// A page of the gateway itself.
    Page(&'p Page),
    /// A path that leads to the documentation.
    Docs,
}

impl Handler {
    pub(crate) fn new(
        tables: &'static Tables,
        upstream: Upstream,
        waits: Waits,
        requests_max: usize,
        browsers: Policy,
    ) -> Self {
        Self {
            tables,
            router: Router::new(tables),
            pages: Pages::new(tables),
            browsers,
            calls: Calls::new(tables, upstream, waits, requests_max),
        }
    }

    /// Ends all streams, which have no end of their own. Other requests continue.
    pub(crate) fn close(&self) {
        self.calls.close();
    }

    /// Answers a request; a failure is an answer too. Dropping the future cancels the call to the service.
    pub(crate) async fn handle<B>(&self, request: Request<B>) -> Response<Content>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let permitted = self.browsers.check(&request);
        let (head, body) = request.into_parts();
        let mut response = match permitted {
            Ok(()) => self.answer(&head, body).await,
            Err(forbidden) => self.forbidden(forbidden, &head),
        };
        self.browsers
            .add_headers(&head.headers, response.headers_mut());
        coding::encode(&head.headers, &mut response).await;
        if head.method == Method::HEAD {
            remove_body(&mut response);
        }
        response
    }

    async fn answer<B>(&self, head: &http::request::Parts, body: B) -> Response<Content>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let form = Form::of(&head.headers);
        let failed = |problem: &Problem| failure::response(problem, self.tables, form);
        if let Err(problem) = bounds::check(head) {
            return failed(&problem);
        }
        let upstream = self.calls.upstream();
        if let Some(probe) = probe::response(upstream, &head.method, head.uri.path()).await {
            return probe.unwrap_or_else(|problem| failed(&problem));
        }
        let matched = match self.target(head) {
            Ok(Target::Route(matched)) => Ok(matched),
            Ok(Target::Methods(allow)) => return methods::response(&allow),
            Ok(Target::Page(page)) => return page.response(&head.headers),
            Ok(Target::Docs) => return pages::moved(),
            Err(problem) => Err(problem),
        };
        let template = matched.as_ref().map_or("", |found| found.route.template);
        let span = trace::span(&head.method, template, &head.headers);
        let outcome = match matched {
            Ok(matched) => {
                self.calls
                    .serve(&matched, head, body, &span)
                    .instrument(span.clone())
                    .await
            }
            Err(problem) => Err(problem),
        };
        let response = outcome.unwrap_or_else(|problem| failed(&problem));
        span.record("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        response
    }

    fn forbidden(&self, forbidden: Forbidden, head: &http::request::Parts) -> Response<Content> {
        let problem = Problem::forbidden(forbidden);
        failure::response(&problem, self.tables, Form::of(&head.headers))
    }

    /// HEAD uses the route of GET. Pages are looked up only where no route matches.
    fn target<'p>(&'p self, head: &'p http::request::Parts) -> Result<Target<'p>, Problem> {
        let path = head.uri.path();
        let mut found = self.router.find(head.method.as_str(), path);
        if head.method == Method::HEAD
            && let Found::OtherMethods(methods) = &found
            && methods.contains(&"GET")
        {
            found = self.router.find("GET", path);
        }
        match found {
            Found::Route(matched) => Ok(Target::Route(matched)),
            Found::OtherMethods(known) => {
                methods::allowed(&head.method, known).map(Target::Methods)
            }
            Found::Nothing => match self.pages.find(path) {
                Some(page) if head.method == Method::GET || head.method == Method::HEAD => {
                    Ok(Target::Page(page))
                }
                Some(_) => methods::allowed(&head.method, vec!["GET"]).map(Target::Methods),
                None if head.method == Method::GET && matches!(path, "/" | "/docs/") => {
                    Ok(Target::Docs)
                }
                None => Err(Problem::no_route()),
            },
            Found::Malformed => Err(Problem::invalid_field(
                "",
                "the path is not percent-encoded UTF-8",
            )),
        }
    }
}

/// Replaces the body by its `Content-Length`.
fn remove_body(response: &mut Response<Content>) {
    if let Some(bytes) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    *response.body_mut() = Content::from(Bytes::new());
}
