//! Logs and traces of every process of the product.
//!
//! Owns the subscriber, the propagator, the exporter, and their settings. Does not know what is logged: that no secret
//! is logged is the duty of the code that logs.

mod export;
mod headers;
mod settings;

use std::io::IsTerminal as _;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

pub use headers::parent;
pub use settings::{LogFilter, LogFormat, Sampler, Settings};

/// Prefix of the targets whose spans are exported: our own crates. The exporter makes spans too, and exporting those
/// would make further ones without end.
const EXPORTED: &str = "order_";
/// How long the last spans may take to be sent.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

/// Logging or tracing that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The exporter cannot be built.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// The process has a subscriber already.
    #[error("logging was started twice")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// The process whose logs and traces start.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    /// `service.name` of its spans.
    pub name: &'static str,
    /// What becomes of traces while there is no collector.
    pub untraced: Untraced,
}

/// What a process does with traces while OTEL_EXPORTER_OTLP_ENDPOINT is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untraced {
    /// Gives its work trace ids and passes them on unsampled: for a process that starts work by itself.
    Identify,
    /// Makes no trace ids, which costs nothing; the caller's headers pass through unchanged.
    PassThrough,
}

/// Keeps spans being exported; [`Guard::flush`] sends the last ones.
#[derive(Debug)]
#[must_use = "the last spans are lost without `flush`"]
pub struct Guard {
    provider: Option<SdkTracerProvider>,
}

/// Starts logging to standard error, and exporting spans where there is an endpoint. Needs a tokio runtime.
///
/// # Errors
/// When the exporter cannot be built, or logging runs already.
pub fn start(settings: &Settings, process: Process) -> Result<Guard, Error> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let exports = settings.otel_exporter_otlp_endpoint.is_some();
    let provider = (exports || process.untraced == Untraced::Identify)
        .then(|| export::provider(settings, process.name))
        .transpose()?;
    let traces = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(process.name))
            .with_filter(Targets::new().with_target(EXPORTED, Level::INFO))
    });
    Registry::default()
        .with(traces)
        .with(log(settings))
        .try_init()
        .map_err(Error::Twice)?;
    Ok(Guard { provider })
}

fn log<S>(settings: &Settings) -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let lines = fmt::layer().with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_filter(settings.filter())
            .boxed(),
        LogFormat::Json => lines.json().with_filter(settings.filter()).boxed(),
    }
}

impl Guard {
    /// Sends the spans that were not sent yet, and stops. Gives up after one second, so that a collector that is down
    /// does not delay the end of the process.
    pub async fn flush(self) {
        let Some(provider) = self.provider else {
            return;
        };
        let shutdown =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_WITHIN));
        match shutdown.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans were not exported"),
            Err(error) => tracing::warn!(%error, "the last spans were not exported"),
        }
    }
}
