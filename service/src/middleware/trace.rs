//! One span per rpc in the caller's trace: its name and status, never its content.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::Map;
use http::{Request, Response};
use tonic::Code;
use tonic::body::Body;
use tower::Service;
use tracing::field::Empty;
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Longest method name that is shown.
const METHOD_CHARS_MAX: usize = 64;

/// Makes [`Trace`]s that name the rpcs of these services, and no other.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    services: &'static [&'static str],
}

impl Layer {
    /// Names the rpcs of these services only: an arbitrary path must not become a span name.
    pub const fn new(services: &'static [&'static str]) -> Self {
        Self { services }
    }

    fn span(self, path: &str) -> Span {
        let Some((service, method)) = self.rpc(path) else {
            return tracing::debug_span!(
                "rpc",
                otel.name = "unknown rpc",
                rpc.grpc.status_code = Empty
            );
        };
        tracing::info_span!(
            "rpc",
            otel.name = format!("{service}/{method}"),
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
        )
    }

    fn rpc(self, path: &str) -> Option<(&'static str, &str)> {
        let (service, method) = path.strip_prefix('/')?.split_once('/')?;
        let service = self.services.iter().find(|known| **known == service)?;
        let is_name = method.len() <= METHOD_CHARS_MAX
            && method.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then_some((service, method))
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace {
            inner,
            layer: *self,
        }
    }
}

/// The service within spans.
#[derive(Debug, Clone)]
pub struct Trace<S> {
    inner: S,
    layer: Layer,
}

type Answer = Result<Response<Body>, Infallible>;

impl<S> Service<Request<Body>> for Trace<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Instrumented<Map<S::Future, fn(Answer) -> Answer>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let span = self.layer.span(request.uri().path());
        // Fails only where nothing records spans: then there is nothing to link.
        let _ = span.set_parent(order_telemetry::parent(request.headers()));
        let answer = span.in_scope(|| self.inner.call(request));
        let record: fn(Answer) -> Answer = record;
        answer.map(record).instrument(span)
    }
}

/// Records the response's code in the current span. A code in the trailers is not known yet and counts as success.
fn record(answer: Answer) -> Answer {
    let response = match &answer {
        Ok(response) => response,
        Err(never) => match *never {},
    };
    let status = tonic::Status::from_header_map(response.headers());
    let code = status.map_or(Code::Ok, |status| status.code());
    let span = Span::current();
    span.record("rpc.grpc.status_code", code as i32);
    let is_our_fault = matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    );
    if is_our_fault {
        span.record("otel.status_code", "ERROR");
    }
    tracing::debug!(?code, "answered");
    answer
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use std::sync::{Arc, Mutex};
    use tonic::Status;
    use tower::Layer as _;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::fmt::format::FmtSpan;

    const SERVICES: &[&str] = &["order.v1.OrderService"];

    #[test]
    fn only_known_rpcs_become_names() {
        let layer = Layer::new(SERVICES);
        let known = "/order.v1.OrderService/GetOrder";
        assert_eq!(
            layer.rpc(known),
            Some(("order.v1.OrderService", "GetOrder"))
        );
        let long = format!("/order.v1.OrderService/{}", "x".repeat(65));
        for path in [
            "/",
            "",
            "/x/y",
            "/order.v1.OrderService/a b",
            "/order.v1.OrderService",
            &long,
        ] {
            assert_eq!(layer.rpc(path), None, "{path}");
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0
                .lock()
                .expect("the lock is not poisoned")
                .extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[tokio::test]
    async fn a_span_names_the_rpc_and_its_code_and_nothing_that_was_said() {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(lines.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let missing = || Status::not_found("a secret").into_http();
        let service = Layer::new(SERVICES).layer(echo::answering(missing));
        let mut request = echo::request("/order.v1.OrderService/GetOrder");
        let token = "tok_secret".parse().expect("ASCII");
        request.headers_mut().insert("authorization", token);
        echo::call(service, request).await;
        let text = String::from_utf8(lines.0.lock().expect("the lock is not poisoned").clone());
        let text = text.expect("logs are text");
        assert!(text.contains("order.v1.OrderService/GetOrder"), "{text}");
        assert!(text.contains("status_code=5"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
