//! The state file: restarts, incomplete and damaged lines, and its format.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use order_proto::inventory::v1::HoldState;
use order_proto::payment::v1::{PaymentState, RefundState};
use order_proto::sandbox::v1::{CompletionOutcome, FaultKind, JournalOutcome, ResetRequest};

use super::harness::{Server, code, config, eventually, refusal};
use crate::{Config, Error, bind};

fn kept_in(path: &Path) -> Config {
    Config {
        state_file: Some(path.to_owned()),
        ..config()
    }
}

#[tokio::test]
async fn a_killed_sandbox_restarts_with_the_same_state() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("made/on/demand/state");
    let server = Server::start_with(kept_in(&path)).await;
    let order = server.order("o");
    order.book(&["A1", "A2"]).await;
    order.pay().await;
    order.cancel("cancel", &["A1"]).await.expect("it is booked");
    order
        .refund("refund", "r", 30)
        .await
        .expect("it was captured");
    server
        .order("undone")
        .release("undo", "")
        .await
        .expect("an undo succeeds");
    server
        .order("undone")
        .void("void")
        .await
        .expect("an undo succeeds");
    let hold = ("inventory.v1.InventoryService", "HoldSeats");
    server
        .inject(hold, FaultKind::FailBefore, 1, 0)
        .await
        .expect("the fault is valid");
    let (before, journal) = (server.totals("").await, server.journal("").await);
    server.kill().await;

    // The first restart reads the appended lines, the second one reads what the first one compacted.
    for _ in 0..2 {
        let server = Server::start_with(kept_in(&path)).await;
        assert_eq!(server.totals("").await, before);
        assert_eq!(server.journal("").await, journal);
        server.kill().await;
    }

    let server = Server::start_with(kept_in(&path)).await;
    expect_known_keys(&server).await;
    expect_known_marks_and_seats(&server).await;
}

/// The injected fault fails one call; then every key of the order is answered as before the restart.
async fn expect_known_keys(server: &Server) {
    let order = server.order("o");
    let failed = order.hold("hold", &["A1", "A2"]).await;
    assert_eq!(code(failed), tonic::Code::Unavailable);
    order
        .hold("hold", &["A1", "A2"])
        .await
        .expect("its key is known");
    let entries = server.journal("o").await;
    let last = entries.last().expect("it is journaled");
    assert_eq!(last.outcome(), JournalOutcome::Repeated);
    assert_eq!(
        order.get_hold().await.expect("it is known").state(),
        HoldState::Booked
    );
    assert_eq!(
        refusal(order.hold("hold", &["A3"]).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
    let captured = order
        .capture("capture", 100)
        .await
        .expect("its key is known");
    assert_eq!(captured.state(), PaymentState::PartiallyRefunded);
}

/// The undo marks refuse late commands, and only the cancelled seat is free.
async fn expect_known_marks_and_seats(server: &Server) {
    let undone = server.order("undone");
    assert_eq!(refusal(undone.hold("hold", &["A5"]).await), "UNDONE");
    assert_eq!(
        refusal(undone.authorize("authorize", "tok_ok").await),
        "UNDONE"
    );
    let other = server.order("other");
    assert_eq!(
        refusal(other.hold("hold", &["A2"]).await),
        "SEATS_UNAVAILABLE"
    );
    other.hold("hold", &["A1"]).await.expect("it was cancelled");
}

#[tokio::test]
async fn an_incomplete_last_line_of_a_killed_process_is_ignored() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    server.order("o").book(&["A1"]).await;
    server.kill().await;
    let mut file = OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("it is there");
    file.write_all(b"[{\"Key\":{\"key\":[1")
        .expect("it is written");
    drop(file);

    let server = Server::start_with(kept_in(&path)).await;
    assert_eq!(server.totals("").await.seats.len(), 1);
    server.order("p").book(&["A2"]).await;
    server.kill().await;
    let server = Server::start_with(kept_in(&path)).await;
    assert_eq!(server.totals("").await.seats.len(), 2);
}

#[tokio::test]
async fn a_damaged_line_is_an_error_that_names_the_file_and_the_line() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    fs::write(&path, "[]\nnonsense\n[]\n").expect("it is written");
    let error = bind(kept_in(&path)).await.expect_err("it is damaged");
    assert!(
        matches!(&error, Error::StateDamaged { line: 2, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains(path.to_str().expect("it is text"))
    );
    let kept = fs::read_to_string(&path).expect("it is there");
    assert_eq!(kept, "[]\nnonsense\n[]\n");
}

#[tokio::test]
async fn a_reset_survives_a_restart() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    server.order("o").book(&["A1"]).await;
    server
        .control()
        .reset(ResetRequest {})
        .await
        .expect("it resets");
    server
        .order("p")
        .hold("hold", &["A2"])
        .await
        .expect("it is free");
    server.kill().await;
    let server = Server::start_with(kept_in(&path)).await;
    let seats = server.totals("").await.seats;
    assert_eq!(seats.len(), 1);
    assert_eq!(seats[0].order_id, "p");
}

#[tokio::test]
async fn no_payment_token_reaches_the_state_file() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    for token in [
        "tok_ok",
        "tok_capture_pending",
        "tok_secret",
        "tok_unavailable_1",
    ] {
        // Some of these authorizations fail; only the state that they leave is of interest.
        drop(
            server
                .order(token.trim_start_matches("tok_"))
                .authorize("authorize", token)
                .await,
        );
    }
    server.kill().await;
    let kept = fs::read_to_string(&path).expect("it is there");
    assert!(kept.contains("capture_pending"), "{kept}");
    assert!(!kept.contains("tok_"), "{kept}");
}

#[tokio::test]
async fn a_killed_sandbox_refuses_delayed_calls_and_open_connections() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    let (order, late) = (server.order("o"), server.order("late"));
    order.hold("hold", &["A1"]).await.expect("the seat is free");
    let hold = ("inventory.v1.InventoryService", "HoldSeats");
    server
        .inject(hold, FaultKind::Delay, 1, 1_500)
        .await
        .expect("the fault is valid");
    let calling = tokio::spawn(async move { late.hold("hold", &["A2"]).await });
    eventually("the delayed call", async || {
        let entries = server.journal("late").await;
        (!entries.is_empty()).then_some(())
    })
    .await;
    server.kill().await;
    let ended = calling.await.expect("the call ends");
    assert_eq!(code(ended), tonic::Code::Unavailable);
    assert_eq!(
        code(order.hold("hold", &["A1"]).await),
        tonic::Code::Unavailable
    );
    let server = Server::start_with(kept_in(&path)).await;
    assert_eq!(server.totals("").await.seats.len(), 1);
}

#[tokio::test]
async fn a_state_file_of_release_0_1_is_read() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let payment = r#"[{"Payment":{"Payment":{"order_id":"o","organization_id":"org","state":"Authorized",
        "amount":{"minor":10000,"currency":"USD"},"authorized":10000,"captured":0,"voided":0,"captures":0,
        "decline_code":"","capture_ends":"Pending","capture":null,"returns_slowly":true,"refunds":[],"content":[1,2]}}}]"#;
    fs::write(&path, payment.replace('\n', "") + "\n").expect("it is written");
    let server = Server::start_with(kept_in(&path)).await;
    let order = server.order("o");
    let captured = order.capture("capture", 100).await;
    let captured = captured.expect("it is authorized");
    assert_eq!(captured.state(), PaymentState::Pending);
    let succeed = CompletionOutcome::Succeed;
    let completed = server.complete(&order.payment_id(), succeed).await;
    completed.expect("the capture is pending");
    let refund = order.refund("refund", "r", 30).await;
    assert_eq!(
        refund.expect("it was captured").state(),
        RefundState::Pending
    );
}
