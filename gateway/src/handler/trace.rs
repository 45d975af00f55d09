//! One trace from HTTP on: the caller's context in, ours out, through whichever propagator the process has set.
//! Knows no exporter. Spans hold the route and never a path, a query or a body.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector};
use tracing::{Span, field, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of one request, under the caller's.
pub(crate) fn span(method: &Method, template: &'static str, headers: &HeaderMap) -> Span {
    let span = info_span!(
        "http_request",
        otel.name = field::Empty,
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = field::Empty,
        http.route = template,
        http.response.status_code = field::Empty,
    );
    if span.is_disabled() {
        return span;
    }
    span.record("otel.name", format!("{method} {template}"));
    span.record("http.request.method", method.as_str());
    let parent =
        global::get_text_map_propagator(|propagator| propagator.extract(&Carrier(headers)));
    // Without a tracing layer there is nothing to set a parent on, and nothing is lost.
    let _ = span.set_parent(parent);
    span
}

/// Puts the span's context into the metadata of a call; without a propagator the caller's own stays as it came.
pub(crate) fn inject(span: &Span, metadata: &mut HeaderMap) {
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut Pen(metadata));
    });
}

struct Carrier<'a>(&'a HeaderMap);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Pen<'a>(&'a mut HeaderMap);

impl Injector for Pen<'_> {
    fn set(&mut self, key: &str, value: String) {
        // A context that is empty must not wipe out what the caller sent.
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
