//! Calls that no generated client would make.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic_reflection::pb::{v1, v1alpha};
use tower::ServiceExt as _;

/// One gRPC frame with this message.
pub(super) fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// Sends these bytes as the message of an rpc.
pub(super) async fn call(channel: Channel, path: &str, message: &[u8]) -> Result<(), Status> {
    send(channel, path, frame(message)).await
}

/// Sends these bytes as the body of an rpc.
pub(super) async fn send(channel: Channel, path: &str, body: Vec<u8>) -> Result<(), Status> {
    let body = Body::new(Full::new(Bytes::from(body)));
    let request = http::Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body)
        .expect("a request");
    let response = channel.oneshot(request).await.expect("an answer");
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != tonic::Code::Ok => Err(status),
        _ => Ok(()),
    }
}

/// Calls an rpc as a browser does, over HTTP/1; answers the body as far as it is text.
pub(super) async fn web_call(addr: SocketAddr, path: &str, message: &impl Message) -> String {
    let response = reqwest::Client::new()
        .post(format!("http://{addr}{path}"))
        .header("content-type", "application/grpc-web+proto")
        .header("origin", "http://localhost:3000")
        .body(frame(&message.encode_to_vec()))
        .send()
        .await
        .expect("an answer");
    assert!(
        response
            .headers()
            .contains_key("access-control-allow-origin")
    );
    let body = http_body_util::Full::new(response.bytes().await.expect("a body"));
    let bytes = body.collect().await.expect("a body").to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

macro_rules! reflected {
    ($name:ident, $version:ident) => {
        /// The names that reflection lists.
        pub(super) async fn $name(channel: Channel) -> Vec<String> {
            use $version::server_reflection_client::ServerReflectionClient;
            use $version::server_reflection_request::MessageRequest;
            use $version::server_reflection_response::MessageResponse;
            let asked = $version::ServerReflectionRequest {
                host: String::new(),
                message_request: Some(MessageRequest::ListServices(String::new())),
            };
            let answers = ServerReflectionClient::new(channel)
                .server_reflection_info(futures::stream::iter([asked]))
                .await;
            let answer = answers.expect("it reflects").into_inner().message().await;
            match answer.expect("an answer").expect("one").message_response {
                Some(MessageResponse::ListServicesResponse(list)) => list
                    .service
                    .into_iter()
                    .map(|service| service.name)
                    .collect(),
                other => panic!("another answer: {other:?}"),
            }
        }
    };
}

reflected!(reflected_v1, v1);
reflected!(reflected_v1alpha, v1alpha);
