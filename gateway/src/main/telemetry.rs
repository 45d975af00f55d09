//! Logs to standard error, and traces over OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Makes no spans.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

const SERVICE: &str = "order-gateway";

/// What has to be flushed in the end.
#[derive(Debug)]
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Logs are readable, or JSON with `LOG_FORMAT=json`; `RUST_LOG` filters them.
pub(crate) fn start() -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let traces = match std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT") {
        Some(endpoint) if !endpoint.is_empty() => Some(exporting()?),
        Some(_) | None => None,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let logs = if std::env::var_os("LOG_FORMAT").is_some_and(|format| format == "json") {
        logs.json().boxed()
    } else {
        logs.boxed()
    };
    let spans = traces
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)));
    tracing_subscriber::registry()
        .with(filter)
        .with(spans)
        .with(logs)
        .init();
    Ok(Telemetry { traces })
}

fn exporting() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(SERVICE).build())
        .build())
}

impl Telemetry {
    /// Sends what is left.
    pub(crate) async fn finish(self) {
        let Some(traces) = self.traces else {
            return;
        };
        // It blocks until the receiver has answered, or for a second: SIGTERM leaves ten in all, nine for requests.
        let flushed = tokio::task::spawn_blocking(move || {
            traces.shutdown_with_timeout(std::time::Duration::from_secs(1))
        })
        .await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!("the last traces were not delivered");
        }
    }
}
