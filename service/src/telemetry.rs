//! Logs and traces: who writes them, where they go, and how a trace crosses processes.
//!
//! Owns the subscriber and the propagator. Knows nothing of what is logged; that no secret is, is the business of those
//! who log, and of `Secret`, which cannot be.

mod export;
mod headers;

use std::io::IsTerminal as _;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::config::{LogFormat, Telemetry};

pub use headers::parent;

/// What is logged unless `RUST_LOG` says otherwise: our own voice, and of libraries what needs somebody.
const FILTER: &str =
    "info,h2=warn,hyper=warn,opentelemetry=warn,sea_orm=warn,sqlx=warn,tonic=warn,tower=warn";
/// Whose spans are exported: ours. The exporter's own would beget themselves.
const EXPORTED: [&str; 2] = ["order_service", "order_gateway"];
/// How long the last spans may take to leave.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// Logging or tracing that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG must be a filter such as `info` or `info,order_service=debug`")]
    Filter,
    /// The exporter cannot be built.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// There is a subscriber already.
    #[error("logging was begun twice")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Keeps traces leaving; the last ones leave with [`Guard::flush`].
#[derive(Debug)]
#[must_use = "the last spans are lost without `flush`"]
pub struct Guard {
    provider: SdkTracerProvider,
}

/// Begins logging to standard error, and exporting where there is an endpoint. Needs a tokio runtime.
pub fn start(settings: &Telemetry, service_name: &'static str) -> Result<Guard, Error> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = export::provider(settings.otlp_endpoint.as_deref(), service_name)?;
    let ours = EXPORTED.iter().map(|target| (*target, Level::INFO));
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service_name))
        .with_filter(Targets::new().with_targets(ours));
    Registry::default()
        .with(traces)
        .with(log(settings)?)
        .try_init()
        .map_err(Error::Twice)?;
    Ok(Guard { provider })
}

fn log<S>(
    settings: &Telemetry,
) -> Result<Box<dyn tracing_subscriber::Layer<S> + Send + Sync>, Error>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let filter = settings.log_filter.as_deref().unwrap_or(FILTER);
    let filter = EnvFilter::try_new(filter).map_err(|_| Error::Filter)?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    Ok(match settings.log_format {
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    })
}

impl Guard {
    /// Sends what was not sent yet, and stops. Gives up after a moment: a collector that is down keeps nobody.
    pub async fn flush(self) {
        let provider = self.provider;
        let shutdown =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_WITHIN));
        match shutdown.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans were not exported"),
            Err(error) => tracing::warn!(%error, "the last spans were not exported"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(filter: Option<&str>) -> Telemetry {
        Telemetry {
            otlp_endpoint: None,
            log_format: LogFormat::Json,
            log_filter: filter.map(str::to_owned),
        }
    }

    #[test]
    fn the_default_filter_is_one() {
        assert!(log::<Registry>(&settings(None)).is_ok());
    }

    #[test]
    fn a_filter_that_is_none_is_refused_by_name() {
        let refused = log::<Registry>(&settings(Some("a=b=c"))).err();
        let refusal = refused.expect("it is refused").to_string();
        assert!(refusal.starts_with("RUST_LOG must be"), "{refusal}");
    }
}
