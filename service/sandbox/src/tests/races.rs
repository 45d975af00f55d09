//! Concurrent callers: exactly one effect, whatever the order of their calls.

use order_proto::payment::v1::PaymentState;
use tokio::task::JoinSet;

use super::harness::{Server, refusal, usd};

const CALLERS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_orders_for_one_seat_exactly_one_holds_it() {
    let server = Server::start().await;
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let order = server.order(&format!("o{number}"));
        callers.spawn(async move { order.hold("hold", &["A1"]).await });
    }
    let answers = callers.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
    for answer in lost {
        assert_eq!(refusal(answer), "SEATS_UNAVAILABLE");
    }
    assert_eq!(server.totals("").await.seats.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_orders_for_one_hold_exactly_one_adopts_it() {
    let server = Server::start().await;
    let hold = server.order("cart").hold("hold", &["A1"]).await;
    let hold_id = hold.expect("the seat is free").hold_id;
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let (order, hold_id) = (server.order(&format!("o{number}")), hold_id.clone());
        callers.spawn(async move { order.adopt("hold", &hold_id, &["A1"]).await });
    }
    let answers = callers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_captures_of_one_order_take_its_money_once() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let order = order.clone();
        // Every key is used by two callers.
        let step = format!("capture{}", number / 2);
        callers.spawn(async move { order.capture(&step, 100).await });
    }
    for answer in callers.join_all().await {
        assert_eq!(
            answer.expect("it is the same").state(),
            PaymentState::Captured
        );
    }
    let totals = &server.totals("o").await.orders[0];
    assert_eq!(totals.effective_captures, 1);
    assert_eq!(totals.captured, Some(usd(100)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_concurrent_void_and_capture_agree_on_the_outcome() {
    let server = Server::start().await;
    for number in 0..20 {
        let order = server.order(&format!("o{number}"));
        order
            .authorize("authorize", "tok_ok")
            .await
            .expect("the card is valid");
        let (capture, void) = tokio::join!(order.capture("capture", 100), order.void("undo"));
        let void = void.expect("a void is answered");
        match capture {
            Ok(_) => assert_eq!(void.state(), PaymentState::Captured),
            refused => {
                assert_eq!(refusal(refused), "UNDONE");
                assert_eq!(void.state(), PaymentState::Voided);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_refunds_never_exceed_the_captured_amount() {
    let server = Server::start().await;
    let order = server.order("o");
    order.pay().await;
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let order = order.clone();
        let id = format!("r{number}");
        callers.spawn(async move { order.refund(&id, &id, 30).await });
    }
    let answers = callers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_eq!(server.totals("o").await.orders[0].refunded, Some(usd(90)));
}
