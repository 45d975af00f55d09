//! Details of HTTP/1.1: hosts, transfer codings, entity tags, and paths that lead to the documentation.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::negotiation::send_raw;
use crate::stack::{Answer, Stack};

#[tokio::test]
async fn a_request_has_exactly_one_valid_host() {
    let stack = Stack::start().await;
    for (hosts, status) in [
        ("host: localhost\r\n", "200"),
        ("", "400"),
        ("host: localhost\r\nhost: localhost\r\n", "400"),
        ("host: \r\n", "400"),
        ("host: a b\r\n", "400"),
        ("host: evil.example\r\n", "403"),
    ] {
        let request = format!("GET /v1/orders/7 HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        let answer = send_raw(&stack, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{hosts}: {answer}"
        );
    }
}

#[tokio::test]
async fn chunked_is_the_only_transfer_coding_and_is_used_once() {
    let stack = Stack::start().await;
    for (codings, status) in [
        ("transfer-encoding: chunked\r\n", "200"),
        ("transfer-encoding: Chunked\r\n", "200"),
        ("transfer-encoding: gzip, chunked\r\n", "501"),
        ("transfer-encoding: chunked, chunked\r\n", "400"),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "400",
        ),
    ] {
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\n{codings}connection: close\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
        );
        let answer = send_raw(&stack, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{codings}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_root_and_the_folder_lead_to_the_documentation() {
    let stack = Stack::start().await;
    for path in ["/", "/docs/"] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = send_raw(&stack, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 307"), "{answer}");
        assert!(answer.contains("location: /docs\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn every_answer_varies_by_origin() {
    let stack = Stack::start().await;
    for path in [
        "/v1/orders/7",
        "/v1/orders/missing",
        "/healthz",
        "/docs",
        "/x",
    ] {
        let answer = stack.get(path).await;
        assert_eq!(answer.headers["vary"], "origin", "{path}");
    }
}

#[tokio::test]
async fn a_stale_if_match_is_412_and_a_stale_field_409() {
    let stack = Stack::start().await;
    let cancel = || stack.request("POST", "/v1/orders/stale:cancel");
    let answer = Answer::of(cancel().header("If-Match", "\"v1\"")).await;
    answer.is_refusal(412, "ETAG_MISMATCH");
    let answer = Answer::of(cancel().body(r#"{"etag": "v1"}"#)).await;
    answer.is_refusal(409, "ETAG_MISMATCH");
}

/// Reads a path in a coding; returns the status, the entity tag, and the coding of the answer.
async fn tagged(stack: &Stack, path: &str, sent: &[(&str, &str)]) -> (u16, String, bool) {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        let name: HeaderName = name.parse().expect("a name");
        headers.insert(name, HeaderValue::from_str(value).expect("ASCII"));
    }
    let answer = Answer::of(stack.request("GET", path).headers(headers)).await;
    let tag = answer.headers["etag"].to_str().expect("ASCII").to_owned();
    (
        answer.status,
        tag,
        answer.headers.contains_key("content-encoding"),
    )
}

#[tokio::test]
async fn every_coding_has_a_strong_entity_tag_of_its_own() {
    let stack = Stack::start().await;
    let document = "/openapi.json";
    let (_, plain, _) = tagged(&stack, document, &[]).await;
    let (_, gzip, is_encoded) = tagged(&stack, document, &[("accept-encoding", "gzip")]).await;
    let (_, zstd, _) = tagged(&stack, document, &[("accept-encoding", "zstd")]).await;
    assert!(
        is_encoded && plain != gzip && gzip != zstd,
        "{plain} {gzip} {zstd}"
    );
    for tag in [plain, gzip, zstd] {
        assert!(tag.starts_with('"'), "{tag}");
        let sent = [("if-none-match", &*tag), ("accept-encoding", "gzip")];
        assert_eq!(
            tagged(&stack, document, &sent).await,
            (304, tag.clone(), false)
        );
    }
    // A tag of a compressed order is still a tag for If-Match.
    let cancel = stack.request("POST", "/v1/orders/7:cancel");
    let answer = Answer::of(cancel.header("If-Match", "\"v7-gzip\"")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        stack.backend.arrived().cancel.expect("it arrived").etag,
        "v7"
    );
}
