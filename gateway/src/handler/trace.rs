//! The span of a request: continues the caller's trace and passes its context to the service, with the process's global
//! propagator. Spans hold the route, and never a path, a query or a body. Knows no exporter.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector};
use tracing::{Span, field, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of one request, as a child of the caller's span.
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
        global::get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(headers)));
    // This fails only without a tracing layer, and then there is no span to export.
    let _ = span.set_parent(parent);
    span
}

/// Writes the span's context into the metadata of a call. Without a propagator, the caller's context is forwarded
/// unchanged.
pub(crate) fn inject(span: &Span, metadata: &mut HeaderMap) {
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeaderInjector(metadata));
    });
}

struct HeaderExtractor<'a>(&'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeaderInjector<'a>(&'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty context must not overwrite the caller's.
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
