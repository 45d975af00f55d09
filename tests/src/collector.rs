//! A receiver of traces that keeps every span, so that a test can inspect them.
//!
//! Knows OTLP over gRPC, and nothing of what the spans mean.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::port::Port;

/// A received span with the `service.name` of the process that sent it.
#[derive(Debug, Clone)]
pub struct ReceivedSpan {
    /// The `service.name` of the process.
    pub service: String,
    /// The span as received.
    pub span: Span,
}

/// A running receiver; it stops when it is dropped.
#[derive(Debug)]
pub struct Collector {
    port: Port,
    kept: SpanStore,
    server: JoinHandle<()>,
}

#[derive(Debug, Clone, Default)]
struct SpanStore(Arc<Mutex<Vec<ReceivedSpan>>>);

impl Collector {
    /// Starts a receiver on a free port.
    #[must_use]
    pub fn start() -> Self {
        let (port, kept) = (Port::free(), SpanStore::default());
        let address = ([127, 0, 0, 1], port.number()).into();
        let service = TraceServiceServer::new(kept.clone());
        let server = tokio::spawn(async move {
            let served = Server::builder().add_service(service).serve(address).await;
            served.expect("a locked port can be bound");
        });
        Self { port, kept, server }
    }

    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT` that selects this receiver.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.port.url()
    }

    /// Every span received so far, in the order of arrival.
    #[must_use]
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.kept
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tonic::async_trait]
impl TraceService for SpanStore {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for group in request.into_inner().resource_spans {
            let service = service_name(&group);
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            kept.extend(spans.map(|span| ReceivedSpan {
                service: service.clone(),
                span,
            }));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn service_name(group: &ResourceSpans) -> String {
    let attributes = group
        .resource
        .iter()
        .flat_map(|resource| &resource.attributes);
    let mut named = attributes.filter(|pair| pair.key == "service.name");
    match named
        .next()
        .and_then(|pair| pair.value.as_ref())
        .and_then(|value| value.value.as_ref())
    {
        Some(Value::StringValue(name)) => name.clone(),
        Some(_) | None => String::new(),
    }
}
