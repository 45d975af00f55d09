//! The provider of tracers: which traces are sampled, and the exporter that sends their spans over OTLP/gRPC.

use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};

use crate::{Error, Sampler, Settings};

/// The provider of tracers. Without an endpoint every trace has an id that is passed on, and is not sampled.
pub(super) fn provider(
    settings: &Settings,
    service_name: &'static str,
) -> Result<SdkTracerProvider, Error> {
    let resource = Resource::builder().with_service_name(service_name).build();
    let provider = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = settings.otel_exporter_otlp_endpoint.as_deref() else {
        let unsampled = parent_based(SdkSampler::AlwaysOff);
        return Ok(provider.with_sampler(unsampled).build());
    };
    let mut exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint);
    if endpoint.starts_with("https://") {
        let tls = opentelemetry_otlp::tonic_types::transport::ClientTlsConfig::new();
        exporter = exporter.with_tls_config(tls.with_enabled_roots());
    }
    let exporter = exporter.build().map_err(Error::Exporter)?;
    Ok(provider
        .with_sampler(sampler(settings))
        .with_batch_exporter(exporter)
        .build())
}

fn sampler(settings: &Settings) -> SdkSampler {
    let ratio = SdkSampler::TraceIdRatioBased(settings.otel_traces_sampler_arg);
    match settings.otel_traces_sampler {
        Sampler::AlwaysOn => SdkSampler::AlwaysOn,
        Sampler::AlwaysOff => SdkSampler::AlwaysOff,
        Sampler::TraceIdRatio => ratio,
        Sampler::ParentBasedAlwaysOn => parent_based(SdkSampler::AlwaysOn),
        Sampler::ParentBasedAlwaysOff => parent_based(SdkSampler::AlwaysOff),
        Sampler::ParentBasedTraceIdRatio => parent_based(ratio),
    }
}

fn parent_based(root: SdkSampler) -> SdkSampler {
    SdkSampler::ParentBased(Box::new(root))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use http::Request;
    use http_body_util::BodyExt as _;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use tokio::sync::mpsc;
    use tonic::Status;
    use tonic::body::Body;
    use tonic::transport::Server;
    use tonic::transport::server::TcpIncoming;
    use tower::service_fn;

    use super::*;
    use crate::LogFormat;

    fn settings(endpoint: Option<&str>, sampler: Sampler, ratio: f64) -> Settings {
        Settings {
            log_format: LogFormat::Text,
            rust_log: None,
            otel_exporter_otlp_endpoint: endpoint.map(str::to_owned),
            otel_traces_sampler: sampler,
            otel_traces_sampler_arg: ratio,
        }
    }

    /// A collector that passes each request on as its path and body; returns its address.
    fn collector(kept: mpsc::UnboundedSender<(String, Vec<u8>)>) -> std::net::SocketAddr {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address"));
        let incoming = incoming.expect("a free port");
        let addr = incoming.local_addr().expect("it is bound");
        let keep = service_fn(move |request: Request<Body>| {
            let kept = kept.clone();
            async move {
                let path = request.uri().path().to_owned();
                let body = request.into_body().collect().await.expect("a body");
                // The receiver is dropped when the test is over.
                let _ = kept.send((path, body.to_bytes().to_vec()));
                Ok::<_, Infallible>(Status::ok("").into_http::<Body>())
            }
        });
        tokio::spawn(Server::builder().serve_with_incoming(keep, incoming));
        addr
    }

    fn holds(bytes: &[u8], text: &str) -> bool {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_span_is_exported_under_its_services_name() {
        let (keep, mut kept) = mpsc::unbounded_channel();
        let endpoint = format!("http://{}", collector(keep));
        let settings = settings(Some(&endpoint), Sampler::ParentBasedAlwaysOn, 1.0);
        let provider = provider(&settings, "order-service").expect("an endpoint");
        provider.tracer("test").start("a booking").end();
        let ended = tokio::task::spawn_blocking(move || provider.shutdown());
        let sent = tokio::time::timeout(Duration::from_secs(10), kept.recv()).await;
        let (path, body) = sent.expect("in time").expect("something was sent");
        assert_eq!(
            path,
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
        assert!(holds(&body, "a booking") && holds(&body, "order-service"));
        // The collector's empty answer is an error for the exporter; the test is about the request.
        let _ = ended.await.expect("no panic");
    }

    #[tokio::test]
    async fn without_an_endpoint_traces_have_ids_and_are_not_sampled() {
        let settings = settings(None, Sampler::AlwaysOn, 1.0);
        let provider = provider(&settings, "order-service").expect("it is enough");
        let span = provider.tracer("test").start("a booking");
        assert!(span.span_context().is_valid());
        assert!(!span.span_context().is_sampled());
    }

    #[test]
    fn each_setting_is_the_sampler_of_its_name() {
        let shown = |named, ratio| format!("{:?}", sampler(&settings(None, named, ratio)));
        for (named, expected) in [
            (Sampler::AlwaysOn, "AlwaysOn"),
            (Sampler::AlwaysOff, "AlwaysOff"),
            (Sampler::TraceIdRatio, "TraceIdRatioBased(0.25)"),
            (Sampler::ParentBasedAlwaysOn, "ParentBased(AlwaysOn)"),
            (Sampler::ParentBasedAlwaysOff, "ParentBased(AlwaysOff)"),
            (
                Sampler::ParentBasedTraceIdRatio,
                "ParentBased(TraceIdRatioBased(0.25))",
            ),
        ] {
            assert_eq!(shown(named, 0.25), expected);
        }
    }
}
