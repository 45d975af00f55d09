//! Streams of answers as lines of JSON and as server-sent events.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::stack::{Answer, Stack};

/// The longest wait of these tests.
const WAIT_MAX: Duration = Duration::from_secs(10);

async fn open(stack: &Stack, id: &str, headers: &[(&str, &str)]) -> Response {
    let path = format!("/v1/orders/{id}:watch");
    let mut request = stack.request("GET", &path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

async fn events(stack: &Stack, id: &str) -> Response {
    open(stack, id, &[("Accept", "text/event-stream")]).await
}

fn content_type(response: &Response) -> &str {
    response.headers()["content-type"]
        .to_str()
        .expect("it is ASCII")
}

/// The text of the stream up to the chunk that contains `wanted`.
async fn read_until(response: &mut Response, wanted: &str) -> String {
    let mut text = String::new();
    tokio::time::timeout(WAIT_MAX, async {
        while !text.contains(wanted) {
            let chunk = response.chunk().await.expect("no break").expect("no end");
            text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{wanted} does not arrive: {text}"));
    text
}

async fn lines(response: Response) -> Vec<Value> {
    let text = tokio::time::timeout(WAIT_MAX, response.text())
        .await
        .expect("the stream ends")
        .expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

async fn assert_cancelled(backend: &Backend) {
    tokio::time::timeout(WAIT_MAX, async {
        while !backend.arrived().cancelled {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the call is cancelled");
}

#[tokio::test]
async fn a_stream_is_one_message_per_line() {
    let stack = Stack::start().await;
    let response = open(&stack, "two", &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(content_type(&response), "application/x-ndjson");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(
        lines(response).await,
        [
            json!({"orderId": "two", "etag": "1"}),
            json!({"orderId": "two", "etag": "2"})
        ]
    );
}

#[tokio::test]
async fn events_are_numbered_and_end_with_an_event() {
    let stack = Stack::start().await;
    let response = events(&stack, "two").await;
    assert_eq!(content_type(&response), "text/event-stream");
    let text = response.text().await.expect("UTF-8");
    assert_eq!(
        text.replace(": alive\n\n", ""),
        "id: 1\ndata: {\"orderId\":\"two\",\"etag\":\"1\"}\n\n\
         id: 2\ndata: {\"orderId\":\"two\",\"etag\":\"2\"}\n\n\
         event: end\ndata: {}\n\n"
    );
}

#[tokio::test]
async fn a_failure_before_the_first_message_is_a_status() {
    let stack = Stack::start().await;
    for id in ["missing", "gone"] {
        let path = format!("/v1/orders/{id}:watch");
        let answer = stack.get(&path).await;
        answer.is_refusal(404, "ORDER_NOT_FOUND");
        assert_eq!(answer.headers["content-type"], "application/json");
        let events = stack
            .request("GET", &path)
            .header("Accept", "text/event-stream");
        Answer::of(events).await.is_refusal(404, "ORDER_NOT_FOUND");
    }
    stack
        .get("/v1/orders/7:watch")
        .await
        .is_refusal(501, "NOT_IMPLEMENTED");
    assert_eq!(stack.get("/v1/sagas:watch").await.status, 501);
}

#[tokio::test]
async fn a_failure_after_the_first_message_is_the_last_frame_with_its_details() {
    let stack = Stack::start().await;
    let response = open(&stack, "breaks", &[]).await;
    assert_eq!(response.status(), 200);
    let lines = lines(response).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    let error = &lines[1]["error"];
    assert_eq!(error["code"], 14);
    assert_eq!(error["details"][0]["reason"], "STORE_UNAVAILABLE");
    let text = events(&stack, "breaks").await.text().await.expect("UTF-8");
    let (_, last) = text
        .split_once("event: error\ndata: ")
        .expect("the last event is an error");
    let error: Value = serde_json::from_str(last.trim_end()).expect("it is JSON");
    assert_eq!(error["message"], "refused: STORE_UNAVAILABLE");
}

#[tokio::test]
async fn messages_are_sent_at_once_and_a_disconnect_cancels_the_call() {
    let stack = Stack::start().await;
    let mut response = open(&stack, "endless", &[]).await;
    read_until(&mut response, "\"2\"}\n").await;
    assert!(!stack.backend.arrived().cancelled);
    drop(response);
    assert_cancelled(&stack.backend).await;
}

#[tokio::test]
async fn an_idle_stream_of_events_sends_comments() {
    let stack = Stack::start().await;
    let mut response = events(&stack, "silent").await;
    assert_eq!(response.status(), 200);
    let text = read_until(&mut response, ": alive\n\n: alive\n\n").await;
    assert!(!text.contains("data"), "{text}");
    drop(response);
    assert_cancelled(&stack.backend).await;
}

#[tokio::test]
async fn a_callers_deadline_ends_a_stream() {
    let stack = Stack::start().await;
    let lines = lines(open(&stack, "endless", &[("Grpc-Timeout", "200m")]).await).await;
    let last = lines.last().expect("there is one");
    assert_eq!(last["error"]["code"], 4, "{lines:?}");
    assert_eq!(
        last["error"]["details"][0]["reason"], "DEADLINE_EXCEEDED",
        "{lines:?}"
    );
    assert_cancelled(&stack.backend).await;
}

#[tokio::test]
async fn a_deadline_before_the_first_message_is_a_status() {
    let stack = Stack::start().await;
    let silent = stack
        .request("GET", "/v1/orders/silent:watch")
        .header("Grpc-Timeout", "200m");
    let answer = Answer::of(silent).await;
    answer.is_refusal(504, "DEADLINE_EXCEEDED");
    assert_cancelled(&stack.backend).await;
}

#[tokio::test]
async fn shutdown_ends_streams_with_an_error_frame() {
    let stack = Stack::start().await;
    let mut response = open(&stack, "endless", &[]).await;
    read_until(&mut response, "\"2\"}\n").await;
    let Stack { backend, gateway } = stack;
    gateway.stop.send(()).expect("it is serving");
    let lines = lines(response).await;
    assert_eq!(lines[0]["error"]["code"], 14, "{lines:?}");
    tokio::time::timeout(WAIT_MAX, gateway.task)
        .await
        .expect("it stops in time")
        .expect("no panic")
        .expect("no error");
    assert_cancelled(&backend).await;
}
