//! The requirements on every command: a key, a deadline and an order; and repeated keys.

use order_proto::inventory::v1::HoldSeatsRequest;
use order_proto::sandbox::v1::JournalOutcome;
use tonic::Request;

use super::harness::{Server, acting, refusal};

async fn hold_as(server: &Server, request: Request<HoldSeatsRequest>) -> String {
    refusal(server.order("o").inventory().hold_seats(request).await)
}

#[tokio::test]
async fn a_request_without_a_key_is_refused() {
    let server = Server::start().await;
    let mut request = server.order("o").hold_request("hold", &["A1"]);
    request.idempotency_key.clear();
    let reason = hold_as(&server, acting("o/hold", request)).await;
    assert_eq!(reason, "IDEMPOTENCY_KEY_REQUIRED");
}

#[tokio::test]
async fn a_key_that_is_missing_duplicated_or_different_in_the_metadata_is_refused() {
    let server = Server::start().await;
    let message = server.order("o").hold_request("hold", &["A1"]);
    let mut without = acting("o/hold", message.clone());
    without.metadata_mut().remove("idempotency-key");
    let other = acting("o/other", message.clone());
    let mut twice = acting("o/hold", message);
    let key = "o/hold".parse().expect("the key is ASCII");
    twice.metadata_mut().append("idempotency-key", key);
    for request in [without, other, twice] {
        let reason = hold_as(&server, request).await;
        assert_eq!(reason, "IDEMPOTENCY_KEY_MISMATCH");
    }
}

#[tokio::test]
async fn a_request_without_a_deadline_is_refused() {
    let server = Server::start().await;
    let mut request = acting("o/hold", server.order("o").hold_request("hold", &["A1"]));
    request.metadata_mut().remove("grpc-timeout");
    assert_eq!(hold_as(&server, request).await, "DEADLINE_REQUIRED");
}

#[tokio::test]
async fn a_request_that_names_no_order_is_refused() {
    let server = Server::start().await;
    let request = server.order("").hold_request("hold", &["A1"]);
    let reason = hold_as(&server, acting("/hold", request)).await;
    assert_eq!(reason, "ORDER_ID_REQUIRED");
}

#[tokio::test]
async fn a_request_without_a_requirement_is_journaled_and_changes_nothing() {
    let server = Server::start().await;
    let mut request = acting("o/hold", server.order("o").hold_request("hold", &["A1"]));
    request.metadata_mut().remove("grpc-timeout");
    hold_as(&server, request).await;
    let entries = server.journal("o").await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(entry.outcome(), JournalOutcome::Refused);
    assert_eq!(entry.service, "inventory.v1.InventoryService");
    assert_eq!(entry.method, "HoldSeats");
    assert_eq!(entry.idempotency_key, "o/hold");
    assert!(entry.detail.starts_with("DEADLINE_REQUIRED"), "{entry:?}");
    assert!(server.totals("").await.seats.is_empty());
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    order.hold("hold", &["A1"]).await.expect("the seat is free");
    let reason = refusal(order.hold("hold", &["A2"]).await);
    assert_eq!(reason, "IDEMPOTENCY_KEY_REUSED");
    let reason = refusal(order.release("hold", "").await);
    assert_eq!(reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_repeated_key_acts_once_and_is_journaled_as_repeated() {
    let server = Server::start().await;
    let order = server.order("o");
    let first = order.hold("hold", &["A1"]).await.expect("the seat is free");
    let second = order.hold("hold", &["A1"]).await.expect("it is repeated");
    assert_eq!(first, second);
    let hold = "HoldSeats".to_owned();
    let expected = [
        (hold.clone(), JournalOutcome::Done),
        (hold, JournalOutcome::Repeated),
    ];
    assert_eq!(server.outcomes("o").await, expected);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let server = Server::start().await;
    let (first, second) = (server.order("first"), server.order("second"));
    first.hold("hold", &["A1"]).await.expect("the seat is free");
    refusal(second.hold("hold", &["A1"]).await);
    first.release("undo", "").await.expect("it is held");
    let hold = second.hold("hold", &["A1"]).await;
    hold.expect("the seat is free again");
}

#[tokio::test]
async fn a_query_needs_no_key_and_is_journaled_without_one() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1"]).await;
    order.get_hold().await.expect("it is known");
    let entries = server.journal("o").await;
    let query = entries.last().expect("it is journaled");
    assert_eq!(
        (query.method.as_str(), query.idempotency_key.as_str()),
        ("GetHold", "")
    );
    assert_eq!(query.outcome(), JournalOutcome::Done);
}

#[tokio::test]
async fn the_journal_is_read_from_a_sequence_and_never_contains_a_token() {
    let server = Server::start().await;
    let order = server.order("o");
    order.pay().await;
    order
        .refund("refund", "r", 10)
        .await
        .expect("it was captured");
    let request = order_proto::sandbox::v1::GetJournalRequest {
        order_id: String::new(),
        after_sequence: 2,
    };
    let journal = server.control().get_journal(request).await;
    let entries = journal
        .expect("the journal is answered")
        .into_inner()
        .entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].sequence, entries[0].method.as_str()),
        (3, "RefundPayment")
    );
    assert!(!format!("{:?}", server.journal("").await).contains("tok_"));
}
