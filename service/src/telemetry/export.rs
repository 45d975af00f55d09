//! Where spans go: over OTLP/gRPC to an endpoint, or nowhere.

use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::Error;

/// The provider of tracers. Without an endpoint traces still have ids and still cross to participants, unsampled.
pub(super) fn provider(
    endpoint: Option<&str>,
    service_name: &'static str,
) -> Result<SdkTracerProvider, Error> {
    let resource = Resource::builder().with_service_name(service_name).build();
    let provider = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = endpoint else {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
        return Ok(provider.with_sampler(sampler).build());
    };
    let mut exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint);
    if endpoint.starts_with("https://") {
        let tls = opentelemetry_otlp::tonic_types::transport::ClientTlsConfig::new();
        exporter = exporter.with_tls_config(tls.with_enabled_roots());
    }
    let exporter = exporter.build().map_err(Error::Exporter)?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    Ok(provider
        .with_sampler(sampler)
        .with_batch_exporter(exporter)
        .build())
}
