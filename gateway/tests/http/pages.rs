//! The OpenAPI document and the page that renders it.

use order_gateway::TABLES;

use crate::stack::{Answer, Stack};

#[tokio::test]
async fn the_generated_document_is_served() {
    let stack = Stack::start().await;
    let response = stack.request("GET", "/openapi.json").send().await;
    let response = response.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let etag = response.headers()["etag"].clone();
    assert_eq!(response.text().await.expect("UTF-8"), TABLES.openapi);
    for (tag, status) in [
        (etag.to_str().expect("ASCII"), 304),
        ("\"x\", *", 304),
        ("\"x\"", 200),
    ] {
        let request = stack.request("GET", "/openapi.json");
        let answer = Answer::of(request.header("If-None-Match", tag)).await;
        assert_eq!(answer.status, status, "{tag}");
        assert_eq!(answer.headers["etag"], etag);
    }
}

#[tokio::test]
async fn the_page_loads_all_files_from_the_gateway() {
    let stack = Stack::start().await;
    let response = stack.request("GET", "/docs").send().await;
    let response = response.expect("an answer");
    let policy = response.headers()["content-security-policy"].to_str();
    let policy = policy.expect("ASCII").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    assert!(!policy.contains("unsafe") && !policy.contains("http"));
    let page = response.text().await.expect("UTF-8");
    let mut files = 0;
    for part in page.split(['"']).filter(|part| part.starts_with("docs/")) {
        let answer = Answer::of(stack.request("GET", &format!("/{part}"))).await;
        assert_eq!(answer.status, 200, "{part}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        files += 1;
    }
    assert_eq!(files, 4);
    assert!(!page.contains("://"), "{page}");
}

#[tokio::test]
async fn a_page_refuses_methods_other_than_get() {
    let stack = Stack::start().await;
    for path in ["/docs", "/openapi.json"] {
        let answer = Answer::of(stack.request("POST", path)).await;
        answer.is_refusal(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.headers["allow"], "GET, HEAD, OPTIONS");
        assert_eq!(Answer::of(stack.request("OPTIONS", path)).await.status, 204);
        assert_eq!(Answer::of(stack.request("HEAD", path)).await.status, 200);
    }
    stack
        .get("/docs/other.js")
        .await
        .is_refusal(404, "ROUTE_NOT_FOUND");
}
