//! Every kind of fault on every step's method, and the resulting state of the order.

use std::time::Duration;

use order_proto::order::v1::OrderState;
use order_proto::sandbox::v1::FaultKind;
use order_tests::promises;
use order_tests::sandbox::{
    AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, CONFIRM_BOOKING, HOLD_SEATS, Method, RECORD_USAGE,
    SEND_NOTIFICATION, inventory, payment,
};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};

on_both_backends!(
    faults_of_hold_seats_end_as_promised,
    faults_of_authorize_payment_end_as_promised,
    faults_of_confirm_booking_end_as_promised,
    faults_of_capture_payment_end_as_promised,
    an_undo_survives_transient_faults,
    faults_of_deliveries_never_touch_the_booking,
    refused_deliveries_never_touch_the_booking,
);

const STEP_DEADLINE: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_millis(200);
const TOO_LONG: Duration = Duration::from_millis(1_500);

/// The reason of an order that fails because a participant did not answer.
const UNAVAILABLE: &str = "PARTICIPANT_UNAVAILABLE";

async fn stack_on(backend: Backend) -> Stack {
    let deadline = format!("{}ms", STEP_DEADLINE.as_millis());
    Setup::on(backend)
        .with("STEP_DEADLINE", deadline)
        .start()
        .await
}

/// Books under each fault of one method. `ends` has the reason of the failure, or `None` for a confirmed order.
async fn each_ends(
    stack: &Stack,
    method: Method,
    ends: &[(FaultKind, i32, Duration, Option<&str>)],
) {
    for (kind, times, delay, failure) in ends {
        let case = format!(
            "{} {} × {times}, {delay:?}",
            method.name,
            kind.as_str_name()
        );
        stack.sandbox.reset().await;
        match kind {
            FaultKind::Delay => stack.sandbox.delay(method, *times, *delay).await,
            FaultKind::Unspecified
            | FaultKind::FailBefore
            | FaultKind::LoseReply
            | FaultKind::Reject => {
                stack.sandbox.fault(method, *kind, *times).await;
            }
        }
        let order = stack.book(&Booking::new()).await;
        let reason = order
            .failure
            .as_ref()
            .map(|failure| failure.reason.as_str());
        assert_eq!(reason, *failure, "{case}: {order:?}");
        let expected = if failure.is_none() {
            OrderState::Confirmed
        } else {
            OrderState::Failed
        };
        assert_eq!(order.state(), expected, "{case}: {order:?}");
        promises::hold(stack, &order.order_id).await;
    }
}

/// The expected results for every step before the pivot; `refused` is the reason after a refusal.
fn compensable(refused: &str) -> [(FaultKind, i32, Duration, Option<&str>); 7] {
    let none = Duration::ZERO;
    [
        (FaultKind::FailBefore, 1, none, None),
        (FaultKind::FailBefore, 0, none, Some(UNAVAILABLE)),
        (FaultKind::LoseReply, 1, none, None),
        (FaultKind::LoseReply, 0, none, Some(UNAVAILABLE)),
        (FaultKind::Delay, 1, SHORT, None),
        (FaultKind::Delay, 1, TOO_LONG, None),
        (FaultKind::Reject, 1, none, Some(refused)),
    ]
}

async fn faults_of_hold_seats_end_as_promised(backend: Backend) {
    let stack = stack_on(backend).await;
    each_ends(&stack, HOLD_SEATS, &compensable("INVENTORY_REJECTED")).await;
}

async fn faults_of_authorize_payment_end_as_promised(backend: Backend) {
    let stack = stack_on(backend).await;
    each_ends(&stack, AUTHORIZE_PAYMENT, &compensable("PAYMENT_DECLINED")).await;
}

async fn faults_of_confirm_booking_end_as_promised(backend: Backend) {
    let stack = stack_on(backend).await;
    each_ends(&stack, CONFIRM_BOOKING, &compensable("INVENTORY_REJECTED")).await;
}

async fn faults_of_capture_payment_end_as_promised(backend: Backend) {
    let stack = stack_on(backend).await;
    let none = Duration::ZERO;
    let ends = [
        (FaultKind::FailBefore, 1, none, None),
        // The attempts are used up, and the void reports that nothing was captured.
        (FaultKind::FailBefore, 0, none, Some(UNAVAILABLE)),
        (FaultKind::LoseReply, 1, none, None),
        // The attempts are used up, and the void reports that the capture took effect, so the order is confirmed.
        (FaultKind::LoseReply, 0, none, None),
        (FaultKind::Delay, 1, SHORT, None),
        (FaultKind::Delay, 1, TOO_LONG, None),
        (FaultKind::Reject, 0, none, Some("PAYMENT_DECLINED")),
    ];
    each_ends(&stack, CAPTURE_PAYMENT, &ends).await;
}

async fn an_undo_survives_transient_faults(backend: Backend) {
    let stack = stack_on(backend).await;
    for method in [
        inventory("CancelBooking"),
        payment("VoidPayment"),
        inventory("ReleaseHold"),
    ] {
        for kind in [FaultKind::FailBefore, FaultKind::LoseReply] {
            stack.sandbox.reset().await;
            stack.sandbox.fault(method, kind, 3).await;
            let made = stack
                .book(&Booking::new().with_token("tok_capture_declined"))
                .await;
            let order = stack.becomes(&made.order_id, OrderState::Failed).await;
            let reason = order
                .failure
                .as_ref()
                .map(|failure| failure.reason.as_str());
            assert_eq!(reason, Some("PAYMENT_DECLINED"), "{method:?} {kind:?}");
            promises::hold(&stack, &order.order_id).await;
        }
    }
}

async fn faults_of_deliveries_never_touch_the_booking(backend: Backend) {
    let stack = stack_on(backend).await;
    for method in [RECORD_USAGE, SEND_NOTIFICATION] {
        for kind in [FaultKind::FailBefore, FaultKind::LoseReply] {
            stack.sandbox.fault(method, kind, 2).await;
            let order = stack.book(&Booking::new().with_seats(2)).await;
            assert_eq!(
                order.state(),
                OrderState::Confirmed,
                "{method:?} {kind:?}: {order:?}"
            );
            promises::hold(&stack, &order.order_id).await;
            promises::are_delivered(&stack, &order, 2).await;
        }
        stack.sandbox.delay(method, 1, TOO_LONG).await;
        let order = stack.book(&Booking::new()).await;
        promises::hold(&stack, &order.order_id).await;
        promises::are_delivered(&stack, &order, 1).await;
    }
}

async fn refused_deliveries_never_touch_the_booking(backend: Backend) {
    let stack = stack_on(backend).await;
    stack
        .sandbox
        .fault(RECORD_USAGE, FaultKind::Reject, 0)
        .await;
    stack
        .sandbox
        .fault(SEND_NOTIFICATION, FaultKind::Reject, 0)
        .await;
    let order = stack.book(&Booking::new()).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    until("both deliveries to be refused", SOON, async || {
        let journal = stack.sandbox.journal("").await;
        let asked = |method: Method| journal.iter().any(|entry| entry.method == method.name);
        (asked(RECORD_USAGE) && asked(SEND_NOTIFICATION)).then_some(())
    })
    .await;
    promises::hold(&stack, &order.order_id).await;
}
