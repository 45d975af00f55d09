//! Refunds: one per refund_id, and never more than the captured amount.

use order_proto::payment::v1::{GetRefundRequest, PaymentState, RefundState};
use order_proto::sandbox::v1::CompletionOutcome;
use tonic::Code;

use super::harness::{Server, code, refusal, usd};

#[tokio::test]
async fn a_refund_is_made_once_per_refund_id() {
    let server = Server::start().await;
    let order = server.order("o");
    order.pay().await;
    for step in ["refund", "refund", "another"] {
        let refund = order.refund(step, "r", 40).await.expect("it was captured");
        assert_eq!(refund.state(), RefundState::Succeeded);
        assert_eq!(refund.amount, Some(usd(40)));
    }
    assert_eq!(
        refusal(order.refund("other", "r", 41).await),
        "REFUND_EXISTS"
    );
    let payment = order.get_payment().await.expect("it is known");
    assert_eq!(payment.state(), PaymentState::PartiallyRefunded);
    assert_eq!(server.totals("o").await.orders[0].refunded, Some(usd(40)));
}

#[tokio::test]
async fn refunds_never_exceed_the_captured_amount() {
    let server = Server::start().await;
    let order = server.order("o");
    order
        .authorize("authorize", "tok_ok")
        .await
        .expect("the card is valid");
    assert_eq!(
        refusal(order.refund("early", "early", 1).await),
        "NOT_CAPTURED"
    );
    order
        .capture("capture", 100)
        .await
        .expect("it is authorized");
    order
        .refund("one", "one", 60)
        .await
        .expect("it was captured");
    assert_eq!(
        refusal(order.refund("two", "two", 41).await),
        "REFUND_TOO_LARGE"
    );
    order
        .refund("three", "three", 40)
        .await
        .expect("it is left");
    let payment = order.get_payment().await.expect("it is known");
    assert_eq!(payment.state(), PaymentState::Refunded);
    assert_eq!(
        refusal(order.refund("four", "four", 1).await),
        "REFUND_TOO_LARGE"
    );
}

#[tokio::test]
async fn a_refund_of_tok_refund_pending_is_pending_until_it_is_completed() {
    let server = Server::start().await;
    let order = server.order("o");
    let authorized = order.authorize("authorize", "tok_refund_pending").await;
    authorized.expect("the card is valid");
    order
        .capture("capture", 100)
        .await
        .expect("it is authorized");
    for (refund_id, outcome, ends) in [
        ("one", CompletionOutcome::Fail, RefundState::Failed),
        ("two", CompletionOutcome::Succeed, RefundState::Succeeded),
    ] {
        let refund = order.refund(refund_id, refund_id, 60).await;
        let refund = refund.expect("a failed refund does not count");
        assert_eq!(refund.state(), RefundState::Pending);
        let payment = order.get_payment().await.expect("it is known");
        assert_eq!(payment.state(), PaymentState::Captured);
        assert_eq!(
            refusal(order.refund("more", "more", 41).await),
            "REFUND_TOO_LARGE"
        );
        let completed = server.complete(&order.payment_id(), outcome).await;
        completed.expect("a refund is pending");
        let again = order.refund(refund_id, refund_id, 60).await;
        assert_eq!(again.expect("it is repeated").state(), ends);
    }
    let outcome = CompletionOutcome::Fail;
    let nothing = server.complete(&order.payment_id(), outcome).await;
    assert_eq!(refusal(nothing), "NOT_PENDING");
    assert_eq!(server.totals("o").await.orders[0].refunded, Some(usd(60)));
}

#[tokio::test]
async fn a_refund_id_cannot_be_used_by_a_second_order() {
    let server = Server::start().await;
    let (first, second) = (server.order("first"), server.order("second"));
    first.pay().await;
    second.pay().await;
    first
        .refund("refund", "r", 10)
        .await
        .expect("it was captured");
    assert_eq!(
        refusal(second.refund("refund", "r", 10).await),
        "REFUND_EXISTS"
    );
}

#[tokio::test]
async fn a_refund_is_found_by_its_id() {
    let server = Server::start().await;
    let order = server.order("o");
    order.pay().await;
    order
        .refund("refund", "r", 10)
        .await
        .expect("it was captured");
    let get = async |refund_id: &str| {
        let refund_id = refund_id.to_owned();
        order
            .payments()
            .get_refund(GetRefundRequest { refund_id })
            .await
    };
    let refund = get("r").await.expect("it is found").into_inner();
    assert_eq!(
        (refund.payment_id.as_str(), refund.state()),
        ("pay_o", RefundState::Succeeded)
    );
    assert_eq!(code(get("s").await), Code::NotFound);
}
