//! Tests in a real browser: gRPC-web from a page of another origin with a client library for browsers; JSON and
//! server-sent events; and the gateway's documentation page. The pages and their scenarios are in `tests/web`.

use std::path::PathBuf;
use std::time::Duration;

use order_proto::order::v1::{Order, WatchOrderRequest};
use order_tests::binary::finish;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack};
use serde_json::{Value, json};
use tokio::process::Command;
use tonic::Streaming;

/// Runs one scenario of the page and returns what the page recorded.
async fn page(stack: &Stack, scenario: &str, given: Value) -> Value {
    page_of("127.0.0.1", stack, scenario, given).await
}

/// The same with a page of another host name, which leads to this machine.
async fn page_of(host: &str, stack: &Stack, scenario: &str, given: Value) -> Value {
    let files = tempfile::tempdir().expect("a folder for the descriptors");
    let descriptors = files.path().join("descriptors.bin");
    std::fs::write(&descriptors, order_proto::DESCRIPTORS).expect("the folder is writable");
    let service = format!("http://{}", stack.address(0));
    let descriptors = descriptors.to_str().expect("the path is UTF-8");
    let given = given.to_string();
    let args = [&*service, descriptors, scenario, &given];
    node_with(&[("PAGE_HOST", host)], "main.mjs", &args).await
}

/// Runs a script with Node.js and returns the JSON that it printed.
async fn node(script: &str, args: &[&str]) -> Value {
    node_with(&[], script, args).await
}

async fn node_with(variables: &[(&str, &str)], script: &str, args: &[&str]) -> Value {
    let Some(folder) = std::env::var_os("ORDER_WEB_DIR").map(PathBuf::from) else {
        panic!("ORDER_WEB_DIR does not say where the page and its packages are: run tests/run.sh");
    };
    let mut command = Command::new("node");
    command.arg(folder.join(script)).args(args);
    command.envs(variables.iter().copied());
    let done = finish(command, Duration::from_secs(120)).await;
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(done.status.success(), "{script} {args:?}: {said}");
    serde_json::from_str(&done.stdout).expect("valid JSON")
}

#[tokio::test]
async fn the_documentation_shows_every_operation_and_loads_nothing_from_other_hosts() {
    let stack = Stack::on(Backend::Embedded).await;
    let gateway = stack.api().base().to_owned();
    let seen = node("docs.mjs", &[&gateway, "post", "/v1/orders"]).await;
    assert_eq!(seen["complaints"], json!([]), "{seen}");
    let document = stack.api().get("/openapi.json").await.ok();
    let paths = document["paths"]
        .as_object()
        .expect("the document has paths");
    let operations: usize = paths
        .values()
        .map(|item| item.as_object().expect("the path has methods").len())
        .sum();
    assert_eq!(seen["shown"], operations, "{seen}");
    let text = seen["text"]
        .as_str()
        .expect("the operation's text is shown");
    for word in ["Idempotency-Key", "Request body", "409"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let asked = seen["asked"].as_array().expect("a list");
    let ours = |url: &&Value| {
        url.as_str()
            .is_some_and(|url| url.starts_with(&gateway) || url.starts_with("data:"))
    };
    assert!(
        asked.len() > 3 && asked.iter().all(|url| ours(&url)),
        "{seen}"
    );
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_changes_and_reads_nothing() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new();
    let own = json!({"booking": booking.json(), "key": order_tests::booking::key()});
    let given = json!({"gateway": stack.api().base(), "booking": booking.json()});
    let learned = page_of("evil.example", &stack, "attack", given).await;
    let attempts = learned.as_object().expect("the attempts");
    assert_eq!(attempts.len(), 6, "{learned}");
    for (attempt, answer) in attempts {
        assert_eq!(answer, "nothing", "{attempt}: {learned}");
    }
    // The beacon and the form have arrived before this call of an allowed page is answered, or are refused after it.
    page(&stack, "book", own).await;
    let organization = booking.json()["organizationId"].clone();
    let path = format!(
        "/v1/orders?organizationId={}",
        organization.as_str().expect("an id")
    );
    let orders = stack.api().get(&path).await.ok();
    assert_eq!(
        orders["orders"].as_array().map(Vec::len),
        Some(1),
        "{orders}"
    );
}

#[tokio::test]
async fn a_host_name_that_was_rebound_to_this_machine_shows_nothing() {
    let stack = Stack::on(Backend::Embedded).await;
    let (_, port) = stack
        .api()
        .base()
        .rsplit_once(':')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a port");
    let seen = node(
        "rebound.mjs",
        &["evil.example", &port, "/v1/orders?organizationId=o"],
    )
    .await;
    assert_eq!(seen["status"], 403, "{seen}");
    assert_eq!(
        seen["body"]["details"][0]["reason"], "ORIGIN_FORBIDDEN",
        "{seen}"
    );
}

#[tokio::test]
async fn a_page_books_a_ticket_once_under_its_key() {
    let stack = Stack::on(Backend::Embedded).await;
    let given = json!({"booking": Booking::new().json(), "key": order_tests::booking::key()});
    let seen = page(&stack, "book", given).await;
    assert_eq!(seen["first"]["state"], "ORDER_STATE_CONFIRMED", "{seen}");
    assert_eq!(seen["again"], seen["first"]);
    assert_eq!(seen["read"], seen["first"]);
    assert_eq!(seen["replayed"], json!([null, "true"]));
}

#[tokio::test]
async fn a_page_reads_the_error_details() {
    let stack = Stack::on(Backend::Embedded).await;
    let mut booking = Booking::new().json();
    booking["tickets"] = json!([{"seatId": "A1"}, {"seatId": ""}]);
    let given = json!({"missing": "01933b8e-7c4a-7d2e-9f10-3a5b6c7d8e9f", "booking": booking});
    let seen = page(&stack, "fail", given).await;
    let missing = &seen["missing"];
    assert_eq!(missing["code"], "NotFound", "{seen}");
    assert_eq!(missing["info"][0]["reason"], "ORDER_NOT_FOUND", "{seen}");
    assert_eq!(missing["info"][0]["domain"], "order.v1", "{seen}");
    let invalid = &seen["invalid"];
    assert_eq!(invalid["code"], "InvalidArgument", "{seen}");
    assert_eq!(
        invalid["violations"][0]["field"], "tickets[1].seatId",
        "{seen}"
    );
}

#[tokio::test]
async fn a_page_cancels_an_order_that_awaits_payment() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new().with_token("tok_requires_action").json();
    let seen = page(&stack, "cancel", json!({"booking": booking})).await;
    assert_eq!(
        seen["waiting"]["state"], "ORDER_STATE_AWAITING_PAYMENT",
        "{seen}"
    );
    assert_eq!(
        seen["cancelled"]["state"], "ORDER_STATE_CANCELLED",
        "{seen}"
    );
    assert_eq!(seen["cancelled"]["orderId"], seen["waiting"]["orderId"]);
}

#[tokio::test]
async fn a_page_watches_an_order_to_its_end() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new().with_token("tok_slow_1500").waiting(0);
    let seen = page(&stack, "watch", json!({"booking": booking.json()})).await;
    let seen = seen.as_array().expect("a list of events");
    let states: Vec<&Value> = seen.iter().map(|order| &order["state"]).collect();
    assert_eq!(
        states.first(),
        Some(&&json!("ORDER_STATE_PENDING")),
        "{seen:?}"
    );
    assert_eq!(
        states.last(),
        Some(&&json!("ORDER_STATE_CONFIRMED")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_page_books_and_listens_over_json() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new().with_token("tok_slow_1500").waiting(0);
    let given = json!({
        "gateway": stack.api().base(),
        "booking": booking.json(),
        "key": order_tests::booking::key(),
    });
    let seen = page(&stack, "listen", given).await;
    assert_eq!(seen["status"], 200, "{seen}");
    assert!(seen["etag"].is_string(), "{seen}");
    assert_eq!(seen["missing"], 404, "{seen}");
    let events = seen["seen"].as_array().expect("a list of events");
    assert_eq!(events[0]["state"], "ORDER_STATE_PENDING", "{seen}");
    let last = events.last().expect("at least one event arrived");
    assert_eq!(last["state"], "ORDER_STATE_CONFIRMED", "{seen}");
    assert_eq!(last["id"], events.len().to_string(), "{seen}");
}

#[tokio::test]
async fn a_page_that_stops_watching_frees_its_place() {
    let setup = Setup::on(Backend::Embedded).with("WATCHERS_MAX", 2);
    let stack = setup.start().await;
    let booking = Booking::new().with_token("tok_requires_action");
    let order_id = stack.book(&booking).await.order_id;
    // Takes all places but one.
    let _watching = watch(&stack, &order_id)
        .await
        .expect("a second watch is accepted");
    let free = async || watch(&stack, &order_id).await;
    until("the last place to be free", SOON, free).await;
    let other = Booking::new().with_token("tok_requires_action").json();
    let seen = page(&stack, "stop_watching", json!({"booking": other})).await;
    assert_eq!(
        seen["seen"][0]["state"], "ORDER_STATE_AWAITING_PAYMENT",
        "{seen}"
    );
    assert_eq!(seen["failed"]["code"], "Canceled", "{seen}");
    assert!(
        seen["seen"].as_array().is_some_and(|seen| seen.len() == 1),
        "{seen}"
    );
    // The order does not change, so only the page's disconnect can have freed the place.
    assert_eq!(seen["again"], seen["seen"][0], "{seen}");
}

#[tokio::test]
async fn a_page_that_leaves_a_booking_finds_it_confirmed() {
    let stack = Stack::on(Backend::Embedded).await;
    let booking = Booking::new().with_token("tok_slow_2000");
    let seen = page(&stack, "leave", json!({"booking": booking.json()})).await;
    assert_eq!(seen["begun"]["state"], "ORDER_STATE_PENDING", "{seen}");
    assert_eq!(seen["failed"]["code"], "Canceled", "{seen}");
    assert_eq!(seen["confirmed"]["orderId"], seen["begun"]["orderId"]);
    assert_eq!(seen["count"], 1, "{seen}");
}

/// Opens a watch on a connection of its own; `None` when every place is taken.
async fn watch(stack: &Stack, order_id: &str) -> Option<Streaming<Order>> {
    let request = WatchOrderRequest {
        order_id: order_id.to_owned(),
    };
    let watched = stack.orders().watch_order(request).await;
    watched.ok().map(tonic::Response::into_inner)
}
