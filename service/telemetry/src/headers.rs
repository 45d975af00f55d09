//! Reads the caller's trace from the headers of W3C trace context.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::Extractor;

/// The caller's trace, from `traceparent` and `tracestate`; empty when they are missing or malformed.
pub fn parent(headers: &HeaderMap) -> Context {
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Headers(headers))
    })
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::TraceContextExt as _;
    use opentelemetry_sdk::propagation::TraceContextPropagator;

    #[test]
    fn the_callers_trace_is_read_and_a_malformed_one_is_none() {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let mut headers = HeaderMap::new();
        assert!(!parent(&headers).span().span_context().is_valid());
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert("traceparent", text.parse().expect("ASCII"));
        let trace = parent(&headers).span().span_context().trace_id();
        assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        headers.insert("traceparent", "00-zz".parse().expect("ASCII"));
        assert!(!parent(&headers).span().span_context().is_valid());
    }
}
