//! The details of gRPC on the wire: compression, metadata, deadlines, content types and browsers of other origins.

use http::header::{CONTENT_TYPE, ORIGIN};
use tonic::codec::CompressionEncoding;

use super::*;

const GET_ORDER: &str = "/order.v1.OrderService/GetOrder";

fn known() -> GetOrderRequest {
    GetOrderRequest {
        order_id: samples::order().order_id.to_string(),
    }
}

#[tokio::test]
async fn compressed_requests_are_read_and_answers_compressed_where_asked() {
    let running = start();
    for (coding, name) in [
        (CompressionEncoding::Gzip, "gzip"),
        (CompressionEncoding::Zstd, "zstd"),
    ] {
        let mut orders = OrderServiceClient::new(running.channel().await)
            .send_compressed(coding)
            .accept_compressed(coding);
        let found = orders.get_order(known()).await.expect("it is there");
        assert_eq!(
            found
                .metadata()
                .get("grpc-encoding")
                .expect("it is compressed"),
            name
        );
        assert_eq!(
            found
                .metadata()
                .get("grpc-accept-encoding")
                .expect("it is offered"),
            "identity,gzip,zstd"
        );
        assert_eq!(found.into_inner().etag, "v3");
    }
    running.stop().await;
}

#[tokio::test]
async fn metadata_beyond_its_bound_is_a_status_with_details() {
    let running = start();
    let mut orders = OrderServiceClient::new(running.channel().await);
    let mut request = tonic::Request::new(known());
    let much = "x".repeat(64 * 1024).parse().expect("ASCII");
    request.metadata_mut().insert("x-much", much);
    let status = orders.get_order(request).await.expect_err("too much");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::OutOfRange, "HEADERS_TOO_LARGE")
    );
    running.stop().await;
}

#[tokio::test]
async fn a_malformed_deadline_is_refused_by_its_name() {
    let running = start();
    let mut orders = OrderServiceClient::new(running.channel().await);
    let mut request = tonic::Request::new(known());
    let soon = "soon".parse().expect("ASCII");
    request.metadata_mut().insert("grpc-timeout", soon);
    let status = orders.get_order(request).await.expect_err("malformed");
    let details = status.get_error_details();
    let fields = &details.bad_request().expect("it is named").field_violations;
    assert_eq!(
        (status.code(), fields[0].field.as_str()),
        (Code::InvalidArgument, "grpc-timeout")
    );
    running.stop().await;
}

#[tokio::test]
async fn two_messages_of_a_unary_call_are_refused() {
    let running = start();
    let channel = running.channel().await;
    let one = raw::frame(&prost::Message::encode_to_vec(&known()));
    assert!(
        raw::send(channel.clone(), GET_ORDER, one.clone())
            .await
            .is_ok()
    );
    let two = [one.clone(), one].concat();
    let status = raw::send(channel, GET_ORDER, two).await.expect_err("two");
    assert_eq!(
        (status.code(), status.message()),
        (
            Code::InvalidArgument,
            "a request of this rpc is exactly one message"
        )
    );
    running.stop().await;
}

#[tokio::test]
async fn a_foreign_content_type_is_415_and_another_method_405() {
    let running = start();
    let client = reqwest::Client::builder().http2_prior_knowledge().build();
    let client = client.expect("a client");
    let url = format!("http://{}{GET_ORDER}", running.addr);
    let body = raw::frame(&prost::Message::encode_to_vec(&known()));
    for (method, content_type, expected) in [
        ("POST", "Application/gRPC", 200),
        ("POST", "text/plain", 415),
        ("POST", "application/json", 415),
        ("PUT", "application/grpc", 405),
        ("GET", "application/grpc", 405),
    ] {
        let request = client.request(method.parse().expect("a method"), &url);
        let request = request
            .header(CONTENT_TYPE, content_type)
            .body(body.clone());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), expected, "{method} {content_type}");
        let is_refused = answer.headers().contains_key("grpc-status-details-bin");
        assert_eq!(is_refused, expected != 200);
    }
    running.stop().await;
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_is_refused_whatever_it_sends() {
    let running = start();
    let url = format!("http://{}{GET_ORDER}", running.addr);
    let body = raw::frame(&prost::Message::encode_to_vec(&known()));
    for content_type in [
        "text/plain",
        "application/grpc-web+proto",
        "application/grpc",
    ] {
        for (name, value) in [
            (ORIGIN.as_str(), "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = reqwest::Client::new().post(&url).header(name, value);
            let request = request
                .header(CONTENT_TYPE, content_type)
                .body(body.clone());
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{content_type} {name}");
            let status = Status::from_header_map(answer.headers()).expect("a status");
            assert_eq!(reason(&status), "ORIGIN_FORBIDDEN");
            assert!(!answer.headers().contains_key("access-control-allow-origin"));
        }
    }
    let rebound = reqwest::Client::new()
        .post(&url)
        .header("host", "evil.example");
    let rebound = rebound
        .header(CONTENT_TYPE, "application/grpc-web")
        .body(body);
    assert_eq!(rebound.send().await.expect("an answer").status(), 403);
    running.stop().await;
}
