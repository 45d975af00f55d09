//! Compressed bodies, in both directions.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use order_gateway::limits::BODY_BYTES_MAX;

use crate::stack::{Answer, Stack};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("it is written to memory");
    encoder.finish().expect("it is written to memory")
}

async fn post(stack: &Stack, coding: &'static str, body: Vec<u8>) -> Answer {
    let request = stack.request("POST", "/v1/orders");
    Answer::of(request.header("Content-Encoding", coding).body(body)).await
}

#[tokio::test]
async fn a_compressed_request_is_decoded() {
    let stack = Stack::start().await;
    let body = br#"{"organizationId": "demo"}"#;
    let zstd = zstd::encode_all(&body[..], 3).expect("it is written to memory");
    for (coding, body) in [
        ("gzip", gzip(body)),
        ("zstd", zstd),
        ("identity", body.to_vec()),
    ] {
        let answer = post(&stack, coding, body).await;
        assert_eq!(answer.status, 200, "{coding}: {answer:?}");
        assert_eq!(answer.json["organizationId"], "demo");
    }
}

#[tokio::test]
async fn a_request_that_exceeds_the_bound_when_decoded_is_refused() {
    let stack = Stack::start().await;
    let spaces = vec![b' '; BODY_BYTES_MAX];
    let fits = [&spaces[..BODY_BYTES_MAX - 2], b"{}"].concat();
    assert_eq!(post(&stack, "gzip", gzip(&fits)).await.status, 200);
    let too_large = [&spaces[..], b"{}"].concat();
    let answer = post(&stack, "gzip", gzip(&too_large)).await;
    answer.is_refusal(413, "REQUEST_TOO_LARGE");
}

#[tokio::test]
async fn an_unsupported_or_wrong_coding_is_refused() {
    let stack = Stack::start().await;
    for coding in ["br", "gzip, gzip", "compress"] {
        let answer = post(&stack, coding, gzip(b"{}")).await;
        answer.is_refusal(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let answer = post(&stack, "gzip", b"{}".to_vec()).await;
    answer.is_refusal(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_large_answer_is_compressed_when_accepted() {
    let stack = Stack::start().await;
    let get = |path: &str, accept: &'static str| {
        stack
            .request("GET", path)
            .header("Accept-Encoding", accept)
            .send()
    };
    let large = format!("/v1/orders/{}", "a".repeat(2000));
    let response = get(&large, "gzip").await.expect("an answer");
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
    assert_eq!(vary, ["origin", "accept-encoding"]);
    let bytes = response.bytes().await.expect("a whole body");
    assert!(bytes.len() < 200);
    let mut json = String::new();
    GzDecoder::new(&bytes[..])
        .read_to_string(&mut json)
        .expect("it is gzip");
    assert!(json.starts_with("{\"orderId\":\"aaa"), "{json}");

    let response = get(&large, "gzip, zstd").await.expect("an answer");
    assert_eq!(response.headers()["content-encoding"], "zstd");
    for (path, accept) in [(large.as_str(), "br"), ("/v1/orders/7", "gzip")] {
        let response = get(path, accept).await.expect("an answer");
        assert!(!response.headers().contains_key("content-encoding"));
    }
    // Streams are never compressed.
    let response = get("/v1/orders/two:watch", "gzip")
        .await
        .expect("an answer");
    assert!(!response.headers().contains_key("content-encoding"));
}
