//! Injected faults: each kind, how long it lasts, and the effect of a delayed command.

use std::time::Duration;

use order_proto::payment::v1::PaymentState;
use order_proto::sandbox::v1::{FaultKind, JournalOutcome, ResetRequest};
use tonic::Code;

use super::harness::{Server, acting, code, eventually, refusal};

const AUTHORIZE: (&str, &str) = ("payment.v1.PaymentService", "AuthorizePayment");
const CAPTURE: (&str, &str) = ("payment.v1.PaymentService", "CapturePayment");
const HOLD: (&str, &str) = ("inventory.v1.InventoryService", "HoldSeats");

#[tokio::test]
async fn fail_before_fails_the_given_number_of_calls_without_effect() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::FailBefore, 2, 0)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    for _ in 0..2 {
        assert_eq!(code(order.hold("hold", &["A1"]).await), Code::Unavailable);
        assert!(server.totals("").await.seats.is_empty());
    }
    order
        .hold("hold", &["A1"])
        .await
        .expect("the fault is over");
    let outcomes: Vec<_> = server
        .outcomes("o")
        .await
        .into_iter()
        .map(|(_, o)| o)
        .collect();
    let expected = [
        JournalOutcome::Fault,
        JournalOutcome::Fault,
        JournalOutcome::Done,
    ];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn lose_reply_acts_and_answers_unavailable() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    server
        .inject(CAPTURE, FaultKind::LoseReply, 1, 0)
        .await
        .expect("the fault is valid");
    assert_eq!(code(order.capture("capture", 100).await), Code::Unavailable);
    assert_eq!(server.totals("o").await.orders[0].effective_captures, 1);
    let again = order
        .capture("capture", 100)
        .await
        .expect("the fault is over");
    assert_eq!(again.state(), PaymentState::Captured);
    assert_eq!(server.totals("o").await.orders[0].effective_captures, 1);
    let entries = server.journal("o").await;
    assert_eq!(entries[1].outcome(), JournalOutcome::Fault);
    assert!(
        entries[1].detail.starts_with("LOSE_REPLY"),
        "{:?}",
        entries[1]
    );
    assert_eq!(entries[2].outcome(), JournalOutcome::Repeated);
}

#[tokio::test]
async fn reject_refuses_the_call_without_effect() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::Reject, 1, 0)
        .await
        .expect("the fault is valid");
    assert_eq!(
        refusal(server.order("o").hold("hold", &["A1"]).await),
        "REJECT"
    );
    assert!(server.totals("").await.seats.is_empty());
}

#[tokio::test]
async fn a_delayed_call_is_answered_after_its_delay() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::Delay, 1, 100)
        .await
        .expect("the fault is valid");
    let begun = std::time::Instant::now();
    let hold = server.order("o").hold("hold", &["A1"]).await;
    hold.expect("it is only delayed");
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_delayed_call_acts_although_its_caller_timed_out() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::Delay, 1, 300)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    let mut request = acting("o/hold", order.hold_request("hold", &["A1"]));
    request.set_timeout(Duration::from_millis(30));
    let timed_out = code(order.inventory().hold_seats(request).await);
    assert!(
        matches!(timed_out, Code::DeadlineExceeded | Code::Cancelled),
        "{timed_out:?}"
    );
    eventually("the late hold", async || order.get_hold().await.ok()).await;
    let outcomes = server.outcomes("o").await;
    let of_hold: Vec<_> = outcomes
        .iter()
        .filter(|(method, _)| method == "HoldSeats")
        .collect();
    assert_eq!(of_hold[0].1, JournalOutcome::Fault);
    assert_eq!(of_hold[1].1, JournalOutcome::Done);
}

#[tokio::test]
async fn a_delayed_command_that_acts_after_its_undo_is_refused() {
    let server = Server::start().await;
    server
        .inject(AUTHORIZE, FaultKind::Delay, 1, 1_500)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    let mut request = acting(
        "o/authorize",
        order.authorize_request("authorize", "tok_ok"),
    );
    request.set_timeout(Duration::from_millis(30));
    code(order.payments().authorize_payment(request).await);
    order.void("undo").await.expect("an undo succeeds");
    let refused = eventually("the late authorization", async || {
        let entries = server.journal("o").await;
        entries
            .into_iter()
            .find(|entry| entry.outcome() == JournalOutcome::Refused)
    });
    assert!(refused.await.detail.starts_with("UNDONE"));
    assert!(server.totals("o").await.orders.is_empty());
}

#[tokio::test]
async fn a_delay_without_end_delays_every_call() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::Delay, 0, 60)
        .await
        .expect("the fault is valid");
    let timed = async |id: &str, seat: &str| {
        let begun = std::time::Instant::now();
        let hold = server.order(id).hold("hold", &[seat]).await;
        hold.expect("it is only delayed");
        begun.elapsed()
    };
    let (first, second) = tokio::join!(timed("first", "A1"), timed("second", "A2"));
    let delay = Duration::from_millis(60);
    assert!(first >= delay && second >= delay, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_fault_without_end_lasts_until_reset() {
    let server = Server::start().await;
    server
        .inject(HOLD, FaultKind::FailBefore, 0, 0)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    for _ in 0..5 {
        assert_eq!(code(order.hold("hold", &["A1"]).await), Code::Unavailable);
    }
    server
        .control()
        .reset(ResetRequest {})
        .await
        .expect("it resets");
    order
        .hold("hold", &["A1"])
        .await
        .expect("the fault is over");
}

#[tokio::test]
async fn faults_of_one_method_are_applied_in_order_and_replace_one_without_end() {
    let server = Server::start().await;
    let order = server.order("o");
    for (kind, times) in [
        (FaultKind::FailBefore, 0),
        (FaultKind::Reject, 1),
        (FaultKind::LoseReply, 1),
    ] {
        server
            .inject(HOLD, kind, times, 0)
            .await
            .expect("the fault is valid");
    }
    assert_eq!(refusal(order.hold("hold", &["A1"]).await), "REJECT");
    assert_eq!(code(order.hold("hold", &["A1"]).await), Code::Unavailable);
    assert_eq!(server.totals("o").await.seats.len(), 1);
    order
        .hold("hold", &["A1"])
        .await
        .expect("the faults are over");
}

#[tokio::test]
async fn a_fault_affects_only_its_own_method() {
    let server = Server::start().await;
    server
        .inject(CAPTURE, FaultKind::FailBefore, 0, 0)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    order.hold("hold", &["A1"]).await.expect("it has no fault");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("it has no fault");
    assert_eq!(code(order.capture("capture", 100).await), Code::Unavailable);
}

#[tokio::test]
async fn a_fault_applies_to_queries_too() {
    let server = Server::start().await;
    let get = ("payment.v1.PaymentService", "GetPayment");
    server
        .inject(get, FaultKind::FailBefore, 1, 0)
        .await
        .expect("the fault is valid");
    let order = server.order("o");
    order.pay().await;
    assert_eq!(code(order.get_payment().await), Code::Unavailable);
    order.get_payment().await.expect("the fault is over");
}

#[tokio::test]
async fn a_malformed_fault_is_an_invalid_argument() {
    let server = Server::start().await;
    let none = ("payment.v1.PaymentService", "HoldSeats");
    let sandbox = ("sandbox.v1.SandboxService", "Reset");
    for (method, kind, times, delay) in [
        (none, FaultKind::Reject, 1, 0),
        (sandbox, FaultKind::Reject, 1, 0),
        (HOLD, FaultKind::Unspecified, 1, 0),
        (HOLD, FaultKind::Reject, -1, 0),
        (HOLD, FaultKind::Delay, 1, 0),
        (HOLD, FaultKind::Delay, 1, 3_600_001),
    ] {
        let injected = server.inject(method, kind, times, delay).await;
        assert_eq!(code(injected), Code::InvalidArgument, "{method:?} {kind:?}");
    }
}

#[tokio::test]
async fn reset_deletes_all_state_and_cancels_delayed_calls() {
    let server = Server::start().await;
    let order = server.order("o");
    order.book(&["A1"]).await;
    server
        .inject(AUTHORIZE, FaultKind::Delay, 1, 1_500)
        .await
        .expect("the fault is valid");
    let late = {
        let order = order.clone();
        tokio::spawn(async move { order.authorize("authorize", "tok_ok").await })
    };
    eventually("the delayed call", async || {
        let entries = server.journal("o").await;
        entries
            .into_iter()
            .find(|entry| entry.method == "AuthorizePayment")
    })
    .await;
    server
        .control()
        .reset(ResetRequest {})
        .await
        .expect("it resets");
    let late = late.await.expect("the call ends");
    assert_eq!(code(late), Code::Unavailable);
    let totals = server.totals("").await;
    assert!(totals.orders.is_empty() && totals.seats.is_empty());
    assert!(server.journal("").await.is_empty());
    order
        .hold("another", &["A1"])
        .await
        .expect("the order is unknown again");
    assert_eq!(server.journal("").await[0].sequence, 1);
}
