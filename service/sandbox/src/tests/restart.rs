//! The state file: a killed sandbox comes back as it was, whatever its last line looks like.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use order_proto::inventory::v1::HoldState;
use order_proto::payment::v1::PaymentState;
use order_proto::sandbox::v1::{FaultKind, JournalOutcome, ResetRequest};

use super::harness::{Server, code, config, eventually, refusal};
use crate::{Config, Error, bind};

fn kept_in(path: &Path) -> Config {
    Config {
        state_file: Some(path.to_owned()),
        ..config()
    }
}

#[tokio::test]
async fn a_killed_sandbox_comes_back_as_it_was() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("made/on/demand/state");
    let server = Server::start_with(kept_in(&path)).await;
    let order = server.order("o");
    order.book(&["A1", "A2"]).await;
    order.pay().await;
    order.cancel("cancel", &["A1"]).await.expect("it is booked");
    order.refund("refund", "r", 30).await.expect("it was taken");
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
        .plant(hold, FaultKind::FailBefore, 1, 0)
        .await
        .expect("it is a fault");
    let (before, journal) = (server.totals("").await, server.journal("").await);
    server.kill().await;

    // Twice: once from lines as they came, once from what the first start compacted.
    for _ in 0..2 {
        let server = Server::start_with(kept_in(&path)).await;
        assert_eq!(server.totals("").await, before);
        assert_eq!(server.journal("").await, journal);
        server.kill().await;
    }

    let server = Server::start_with(kept_in(&path)).await;
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
async fn a_line_that_was_being_written_when_it_was_killed_is_forgotten() {
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
async fn a_reset_is_kept_too() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    server.order("o").book(&["A1"]).await;
    server
        .control()
        .reset(ResetRequest {})
        .await
        .expect("it forgets");
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
        // One of them fails on purpose: what matters is what it leaves behind.
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
async fn a_killed_sandbox_acts_no_more_on_what_was_delayed_or_connected() {
    let folder = tempfile::tempdir().expect("there is a folder");
    let path = folder.path().join("state");
    let server = Server::start_with(kept_in(&path)).await;
    let (order, late) = (server.order("o"), server.order("late"));
    order.hold("hold", &["A1"]).await.expect("the seat is free");
    let hold = ("inventory.v1.InventoryService", "HoldSeats");
    server
        .plant(hold, FaultKind::Delay, 1, 1_500)
        .await
        .expect("it is a fault");
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
