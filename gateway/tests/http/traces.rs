//! The trace of a request from the caller to the service.

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::stack::{Answer, Stack};

#[tokio::test]
async fn the_callers_trace_continues_to_the_service_without_request_values() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // The subscriber of this thread, on which the gateway runs in this test.
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans));

    let stack = Stack::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let caller = "b7ad6b7169203331";
    let request = stack
        .request("GET", "/v1/orders/secret-id?")
        .header("traceparent", format!("00-{trace}-{caller}-01"));
    assert_eq!(Answer::of(request).await.status, 200);

    let finished = exporter.get_finished_spans().expect("the exporter works");
    let span = finished
        .iter()
        .find(|span| span.name == "GET /v1/orders/{order_id}")
        .expect("the request has a span");
    assert_eq!(span.span_context.trace_id().to_string(), trace);
    assert_eq!(span.parent_span_id.to_string(), caller);
    assert!(!format!("{span:?}").contains("secret-id"));
    let metadata = stack.backend.arrived().metadata;
    let id = span.span_context.span_id();
    assert_eq!(metadata["traceparent"], format!("00-{trace}-{id}-01"));
}
