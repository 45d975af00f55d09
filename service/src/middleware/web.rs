//! CORS for gRPC-web: any origin may send and read its headers.
//!
//! No cookies and no credentials are involved, so that any origin is safe.

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may cache a preflight response.
const REMEMBER: Duration = Duration::from_secs(24 * 3600);

/// What a browser may send.
const SENT: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-actor"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];

/// What a browser's script may read.
const READ: [HeaderName; 4] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("idempotent-replayed"),
];

/// Cross-origin rules for gRPC-web.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods([Method::POST])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(REMEMBER)
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use http::Request;
    use tonic::body::Body;
    use tower::Layer as _;

    fn asked(method: Method) -> Request<Body> {
        let mut request = echo::request("/order.v1.OrderService/CreateOrder");
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(
            header::ORIGIN,
            "https://shop.example".parse().expect("ASCII"),
        );
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_METHOD,
            "POST".parse().expect("ASCII"),
        );
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "idempotency-key".parse().expect("ASCII"),
        );
        request
    }

    #[tokio::test]
    async fn a_browser_may_send_a_key_and_read_the_status() {
        let service = cors().layer(echo::answering(echo::fine));
        let asked_before = echo::call(service.clone(), asked(Method::OPTIONS)).await;
        let allowed = &asked_before.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS];
        assert!(allowed.to_str().expect("ASCII").contains("idempotency-key"));
        let answered = echo::call(service, asked(Method::POST)).await;
        let readable = &answered.headers()[header::ACCESS_CONTROL_EXPOSE_HEADERS];
        assert!(
            readable
                .to_str()
                .expect("ASCII")
                .contains("grpc-status-details-bin")
        );
    }
}
