//! Payments: the behaviour of each token, one payment and one capture per order, and the race of a void with a capture.

use order_proto::payment::v1::{GetPaymentRequest, PaymentState};
use order_proto::sandbox::v1::{CompletionOutcome, JournalOutcome};
use tonic::Code;

use super::harness::{Server, acting, code, refusal, usd};

#[tokio::test]
async fn a_valid_card_is_authorized_and_captured_once() {
    let server = Server::start().await;
    let order = server.order("o");
    let payment = order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    assert_eq!(payment.state(), PaymentState::Authorized);
    assert_eq!(payment.captured, Some(usd(0)));
    for step in ["capture", "capture", "another"] {
        let payment = order.capture(step, 100).await.expect("it is authorized");
        assert_eq!(payment.state(), PaymentState::Captured);
        assert_eq!(payment.captured, Some(usd(100)));
    }
    let totals = &server.totals("o").await.orders[0];
    assert_eq!(totals.authorized, Some(usd(100)));
    assert_eq!(totals.captured, Some(usd(100)));
    assert_eq!(totals.voided, Some(usd(0)));
    assert_eq!(totals.effective_captures, 1);
    assert_eq!(
        order.get_payment().await.expect("it is known").state(),
        PaymentState::Captured
    );
}

#[tokio::test]
async fn a_declined_card_is_answered_with_its_code_and_reserves_nothing() {
    let server = Server::start().await;
    for (token, decline_code) in [
        ("tok_declined", "card_declined"),
        ("tok_visa", "unknown_token"),
    ] {
        let order = server.order(token);
        let payment = order
            .authorize("authorize", token)
            .await
            .expect("it is answered");
        assert_eq!(payment.state(), PaymentState::Declined);
        assert_eq!(payment.decline_code, decline_code);
        assert_eq!(
            refusal(order.capture("capture", 100).await),
            "NOT_AUTHORIZED"
        );
        let voided = order.void("undo").await.expect("an undo succeeds");
        assert_eq!(voided.state(), PaymentState::Voided);
        let totals = &server.totals(token).await.orders[0];
        assert_eq!(
            (totals.authorized.clone(), totals.voided.clone()),
            (Some(usd(0)), Some(usd(0)))
        );
    }
}

#[tokio::test]
async fn a_card_that_requires_action_waits_for_the_buyer() {
    let server = Server::start().await;
    for (outcome, state) in [
        (CompletionOutcome::Succeed, PaymentState::Authorized),
        (CompletionOutcome::Fail, PaymentState::Declined),
    ] {
        let order = server.order(outcome.as_str_name());
        let payment = order.authorize("authorize", "tok_requires_action").await;
        let payment = payment.expect("it is answered");
        assert_eq!(payment.state(), PaymentState::RequiresAction);
        assert!(payment.redirect_url.ends_with(&payment.payment_id));
        assert_eq!(
            refusal(order.capture("capture", 100).await),
            "NOT_AUTHORIZED"
        );
        let completed = server.complete(&payment.payment_id, outcome).await;
        let completed = completed.expect("it is pending");
        assert_eq!(completed.state(), state);
        assert_eq!(completed.redirect_url, "");
        let again = server.complete(&payment.payment_id, outcome).await;
        assert_eq!(refusal(again), "NOT_PENDING");
    }
}

#[tokio::test]
async fn tok_lost_reply_authorizes_and_answers_unavailable_once() {
    let server = Server::start().await;
    let order = server.order("o");
    let lost = order.authorize("authorize", "tok_lost_reply").await;
    assert_eq!(code(lost), Code::Unavailable);
    assert_eq!(
        order.get_payment().await.expect("it was done").state(),
        PaymentState::Authorized
    );
    let again = order.authorize("authorize", "tok_lost_reply").await;
    assert_eq!(
        again.expect("it is answered").state(),
        PaymentState::Authorized
    );
    let outcomes: Vec<_> = server
        .outcomes("o")
        .await
        .into_iter()
        .map(|(_, o)| o)
        .collect();
    let expected = [
        JournalOutcome::Fault,
        JournalOutcome::Done,
        JournalOutcome::Repeated,
    ];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn tok_unavailable_fails_the_given_number_of_times() {
    let server = Server::start().await;
    let order = server.order("o");
    for _ in 0..2 {
        let failed = order.authorize("authorize", "tok_unavailable_2").await;
        assert_eq!(code(failed), Code::Unavailable);
        assert_eq!(code(order.get_payment().await), Code::NotFound);
    }
    let payment = order.authorize("authorize", "tok_unavailable_2").await;
    assert_eq!(
        payment.expect("the failures are over").state(),
        PaymentState::Authorized
    );
}

#[tokio::test]
async fn a_slow_authorization_acts_although_its_caller_timed_out() {
    let server = Server::start().await;
    let order = server.order("o");
    let message = order.authorize_request("authorize", "tok_slow_300");
    let mut request = acting("o/authorize", message);
    request.set_timeout(std::time::Duration::from_millis(30));
    let timed_out = order.payments().authorize_payment(request).await;
    let timed_out = code(timed_out);
    assert!(
        matches!(timed_out, Code::DeadlineExceeded | Code::Cancelled),
        "{timed_out:?}"
    );
    let late = super::harness::eventually("the late authorization", async || {
        order.get_payment().await.ok()
    });
    assert_eq!(late.await.state(), PaymentState::Authorized);
}

#[tokio::test]
async fn a_declined_capture_takes_no_money_and_can_be_voided() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_capture_declined")
        .await
        .expect("the card is valid");
    let payment = order.capture("capture", 100).await.expect("it is answered");
    assert_eq!(payment.state(), PaymentState::Declined);
    assert_eq!(payment.decline_code, "capture_declined");
    let voided = order.void("undo").await.expect("an undo succeeds");
    assert_eq!(voided.state(), PaymentState::Voided);
    let totals = &server.totals("o").await.orders[0];
    assert_eq!(totals.voided, Some(usd(100)));
    assert_eq!(totals.effective_captures, 0);
}

#[tokio::test]
async fn a_pending_capture_answers_a_void_with_pending_until_it_is_completed() {
    let server = Server::start().await;
    for (outcome, state, captures) in [
        (CompletionOutcome::Succeed, PaymentState::Captured, 1),
        (CompletionOutcome::Fail, PaymentState::Voided, 0),
    ] {
        let order = server.order(outcome.as_str_name());
        order
            .authorize("authorize", "tok_capture_pending")
            .await
            .expect("the card is valid");
        let payment = order.capture("capture", 100).await.expect("it is answered");
        assert_eq!(payment.state(), PaymentState::Pending);
        let pending = order.void("undo").await.expect("an undo is answered");
        assert_eq!(pending.state(), PaymentState::Pending);
        server
            .complete(&payment.payment_id, outcome)
            .await
            .expect("it is pending");
        let decided = order.void("undo").await.expect("the same key asks again");
        assert_eq!(decided.state(), state);
        let totals = &server.totals(&order.id).await.orders[0];
        assert_eq!(totals.effective_captures, captures);
    }
}

#[tokio::test]
async fn a_voided_payment_is_never_captured() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    let voided = order.void("undo").await.expect("it is authorized");
    assert_eq!(voided.state(), PaymentState::Voided);
    assert_eq!(refusal(order.capture("capture", 100).await), "UNDONE");
    assert_eq!(
        refusal(order.authorize("another", "tok_ok").await),
        "UNDONE"
    );
    let current = order
        .authorize("authorize", "tok_ok")
        .await
        .expect("its own key is answered");
    assert_eq!(current.state(), PaymentState::Voided);
    let totals = &server.totals("o").await.orders[0];
    assert_eq!(
        (totals.voided.clone(), totals.captured.clone()),
        (Some(usd(100)), Some(usd(0)))
    );
}

#[tokio::test]
async fn a_void_after_the_capture_changes_nothing() {
    let server = Server::start().await;
    let order = server.order("o");
    order.pay().await;
    let late = order.void("undo").await.expect("it is answered");
    assert_eq!(late.state(), PaymentState::Captured);
    order
        .refund("refund", "r", 100)
        .await
        .expect("it was captured");
    let repeated = order.void("undo").await.expect("it is answered");
    assert_eq!(repeated.state(), PaymentState::Captured);
    assert_eq!(repeated.refunded, Some(usd(100)));
    assert_eq!(server.totals("o").await.orders[0].voided, Some(usd(0)));
}

#[tokio::test]
async fn a_payment_that_arrives_after_its_undo_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let undone = order.void("undo").await.expect("an undo succeeds");
    assert_eq!(
        (undone.payment_id.as_str(), undone.state()),
        ("", PaymentState::Voided)
    );
    assert_eq!(
        refusal(order.authorize("authorize", "tok_ok").await),
        "UNDONE"
    );
    assert_eq!(
        order
            .get_payment()
            .await
            .expect("the mark is known")
            .state(),
        PaymentState::Voided
    );
    assert!(server.totals("o").await.orders.is_empty());
}

#[tokio::test]
async fn under_another_key_the_same_payment_is_answered_and_a_different_one_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let payment = order
        .authorize("one", "tok_ok")
        .await
        .expect("the card is valid");
    let same = order
        .authorize("two", "tok_ok")
        .await
        .expect("it is the same");
    assert_eq!(same, payment);
    let other = order.authorize("three", "tok_capture_pending").await;
    assert_eq!(refusal(other), "PAYMENT_EXISTS");
}

#[tokio::test]
async fn a_capture_of_another_amount_or_payment_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    assert_eq!(
        refusal(order.capture("early", 100).await),
        "PAYMENT_UNKNOWN"
    );
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    assert_eq!(refusal(order.capture("less", 99).await), "AMOUNT_MISMATCH");
    order
        .capture("capture", 100)
        .await
        .expect("it is authorized");
    assert_eq!(refusal(order.capture("more", 101).await), "CAPTURE_EXISTS");
    assert_eq!(server.totals("o").await.orders[0].captured, Some(usd(100)));
}

#[tokio::test]
async fn an_amount_of_zero_is_refused() {
    let server = Server::start().await;
    let order = server.order("o");
    let mut request = order.authorize_request("authorize", "tok_ok");
    request.amount = Some(usd(0));
    let mut payments = order.payments();
    let answer = payments.authorize_payment(acting("o/authorize", request));
    assert_eq!(refusal(answer.await), "REQUEST_INVALID");
}

#[tokio::test]
async fn a_payment_is_found_by_its_id_its_order_or_both() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    let get = async |payment_id: &str, order_id: &str| {
        let request = GetPaymentRequest {
            payment_id: payment_id.to_owned(),
            order_id: order_id.to_owned(),
        };
        order.payments().get_payment(request).await.map(|_| ())
    };
    for (payment_id, order_id) in [("pay_o", ""), ("", "o"), ("pay_o", "o")] {
        get(payment_id, order_id).await.expect("it is found");
    }
    for (payment_id, order_id) in [("pay_o", "p"), ("pay_p", "o"), ("o", ""), ("", "")] {
        assert_eq!(code(get(payment_id, order_id).await), Code::NotFound);
    }
}

#[tokio::test]
async fn complete_payment_requires_a_known_payment_and_an_outcome() {
    let server = Server::start().await;
    let unknown = server
        .complete("pay_none", CompletionOutcome::Succeed)
        .await;
    assert_eq!(code(unknown), Code::NotFound);
    let order = server.order("o");
    order
        .authorize("authorize", "tok_requires_action")
        .await
        .expect("it is answered");
    let unsaid = server
        .complete("pay_o", CompletionOutcome::Unspecified)
        .await;
    assert_eq!(code(unsaid), Code::InvalidArgument);
}
