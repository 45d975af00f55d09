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

    /// A collector that keeps what it is sent; answers its address.
    fn collector(kept: mpsc::UnboundedSender<(String, Vec<u8>)>) -> std::net::SocketAddr {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address"));
        let incoming = incoming.expect("a free port");
        let addr = incoming.local_addr().expect("it is bound");
        let keep = service_fn(move |request: Request<Body>| {
            let kept = kept.clone();
            async move {
                let path = request.uri().path().to_owned();
                let body = request.into_body().collect().await.expect("a body");
                // Nobody listens when the test is over.
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
    async fn a_span_leaves_under_its_services_name() {
        let (keep, mut kept) = mpsc::unbounded_channel();
        let endpoint = format!("http://{}", collector(keep));
        let provider = provider(Some(&endpoint), "order-service").expect("an endpoint");
        provider.tracer("test").start("a booking").end();
        let ended = tokio::task::spawn_blocking(move || provider.shutdown());
        let sent = tokio::time::timeout(Duration::from_secs(10), kept.recv()).await;
        let (path, body) = sent.expect("in time").expect("something was sent");
        assert_eq!(
            path,
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        );
        assert!(holds(&body, "a booking") && holds(&body, "order-service"));
        // The collector's empty answer is an error to the exporter; that it was asked is what counts.
        let _ = ended.await.expect("no panic");
    }

    #[tokio::test]
    async fn without_an_endpoint_traces_have_ids_and_are_not_sampled() {
        let provider = provider(None, "order-service").expect("it is enough");
        let span = provider.tracer("test").start("a booking");
        assert!(span.span_context().is_valid());
        assert!(!span.span_context().is_sampled());
    }
}
