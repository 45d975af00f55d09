//! SIGKILL at every step of every plan, forward and backward, at three moments: before the call, between its answer and
//! the commit, and after the commit. After a restart the effects equal those of an uninterrupted booking.
//!
//! Runs on Postgres and Redis, with a service that pauses at the failpoint where it is killed. The module `story`
//! decides what each story requests.

mod story;

use std::collections::BTreeSet;

use order_proto::order::v1::{CreateOrderRequest, ListOrdersRequest, StepState};
use order_tests::booking::key;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack};
use tonic::Request;

use story::{Effects, Story};

const MOMENTS: [&str; 3] = ["before_call", "after_call", "after_commit"];

macro_rules! kills {
    ($($name:ident: $story:ident at $place:literal),+ $(,)?) => {
        /// Every failpoint of the matrix with the story that reaches it.
        const PLACES: &[(Story, &str)] = &[$((Story::$story, $place)),+];
        $(
            mod $name {
                use super::{Story, survives};

                #[tokio::test]
                async fn a_kill_at_every_moment() {
                    survives(Story::$story, $place).await;
                }
            }
        )+
    };
}

kills! {
    holding_seats_survives: Booked at "book_tickets/hold_seats/act",
    authorizing_survives: Booked at "book_tickets/authorize_payment/act",
    confirming_survives: Booked at "book_tickets/confirm_booking/act",
    capturing_survives: Booked at "book_tickets/capture_payment/act",
    asking_for_an_authorization_survives: Approved at "book_tickets/authorize_payment/query",
    asking_for_a_capture_survives: Settled at "book_tickets/capture_payment/query",
    undoing_the_capture_survives: Declined at "book_tickets/capture_payment/undo",
    undoing_the_booking_survives: Declined at "book_tickets/confirm_booking/undo",
    undoing_the_authorization_survives: Declined at "book_tickets/authorize_payment/undo",
    undoing_the_hold_survives: Declined at "book_tickets/hold_seats/undo",
    cancelling_survives: Cancelled at "cancel_order/cancel_booking/act",
    refunding_a_cancel_survives: Cancelled at "cancel_order/refund_payment/act",
    giving_a_seat_back_survives: Refunded at "refund_order/cancel_booking/act",
    refunding_a_seat_survives: Refunded at "refund_order/refund_payment/act",
    finding_late_money_survives: Returned at "return_payment/find_payment/query",
    voiding_late_money_survives: Returned at "return_payment/void_payment/act",
    refunding_late_money_survives: Taken at "return_payment/refund_payment/act",
    metering_survives: Booked at "deliver/usage",
    notifying_survives: Booked at "deliver/notification",
}

async fn stack() -> Stack {
    Setup::on(Backend::Production)
        .with("LEASE", "1s")
        .start()
        .await
}

/// Kills the service at each of the three moments around this effect, and expects the effects of an uninterrupted run.
async fn survives(story: Story, place: &str) {
    let mut stack = stack().await;
    let prepared = story.prepare(&stack).await;
    let undisturbed = story.begin(&stack, prepared).await;
    let expected = story.end(&stack, &undisturbed).await;
    for moment in MOMENTS {
        let place = format!("{place}/{moment}");
        let prepared = story.prepare(&stack).await;
        stack.kill(0);
        stack.pause_at(Some(&place));
        stack.restart(0).await;
        let order_id = story.begin(&stack, prepared).await;
        stack.has_paused_at(0, &place).await;
        stack.kill(0);
        stack.pause_at(None);
        stack.restart(0).await;
        let effects = story.end(&stack, &order_id).await;
        assert_eq!(effects, expected, "killed at {place}");
    }
}

#[tokio::test]
async fn a_booking_that_is_begun_survives_a_kill() {
    let mut stack = stack().await;
    let undisturbed = Story::Booked.begin(&stack, None).await;
    let expected = Story::Booked.end(&stack, &undisturbed).await;
    for moment in ["before_call", "after_commit"] {
        let place = format!("book_tickets/begin/{moment}");
        stack.kill(0);
        stack.pause_at(Some(&place));
        stack.restart(0).await;
        let mut orders = stack.orders();
        let (booking, name) = (Booking::new(), key());
        let request = asked(&booking, &name);
        let unanswered = tokio::spawn(async move { orders.create_order(request).await });
        stack.has_paused_at(0, &place).await;
        stack.kill(0);
        let answer = unanswered.await.expect("the call ends");
        assert!(
            answer.is_err(),
            "the killed service cannot answer: {answer:?}"
        );
        stack.pause_at(None);
        stack.restart(0).await;
        // The killed replica's claim of the key must expire first.
        let order = until("the same key to be answered", SOON, async || {
            stack
                .orders()
                .create_order(asked(&booking, &name))
                .await
                .ok()
        })
        .await
        .into_inner();
        let effects = Story::Booked.end(&stack, &order.order_id).await;
        assert_eq!(effects, expected, "killed at {place}");
        assert_eq!(of_organization(&stack, &order.organization_id).await, 1);
    }
}

fn asked(booking: &Booking, key: &str) -> Request<CreateOrderRequest> {
    let mut request = Request::new(booking.proto());
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request
}

async fn of_organization(stack: &Stack, organization_id: &str) -> usize {
    let request = ListOrdersRequest {
        organization_id: organization_id.to_owned(),
        ..Default::default()
    };
    let listed = stack.orders().list_orders(request).await;
    listed.expect("orders are listed").into_inner().orders.len()
}

/// Every step of a plan that a saga lists must be in the matrix and be reached by a story.
#[tokio::test]
async fn every_step_is_covered() {
    let stack = stack().await;
    let (mut listed, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (story, purpose, state) in [
        (Story::Booked, "act", StepState::Succeeded),
        (Story::Declined, "undo", StepState::Compensated),
        (Story::Cancelled, "act", StepState::Succeeded),
        (Story::Refunded, "act", StepState::Succeeded),
        (Story::Returned, "act", StepState::Succeeded),
        (Story::Taken, "act", StepState::Succeeded),
    ] {
        let prepared = story.prepare(&stack).await;
        let order_id = story.begin(&stack, prepared).await;
        story.end(&stack, &order_id).await;
        let newest = stack.sagas_of(&order_id, "").await.remove(0);
        let saga = stack.saga(&newest.saga_id).await;
        for step in &saga.steps {
            let place = format!("{}/{}/{purpose}", saga.kind, step.name);
            listed.insert(place.clone());
            if step.state() == StepState::Skipped {
                continue;
            }
            assert_eq!(step.state(), state, "{step:?}");
            taken.insert(place.clone());
            // A step that only queries is killed at its query.
            let asks = format!("{}/{}/query", saga.kind, step.name);
            let is_killed = PLACES
                .iter()
                .any(|(_, known)| *known == place || *known == asks);
            assert!(is_killed, "no test kills the service at {place}");
        }
    }
    assert_eq!(listed, taken, "a step of the matrix that no story reaches");
}

#[tokio::test]
async fn two_runs_of_one_story_have_the_same_effects() {
    let stack = stack().await;
    for story in [
        Story::Booked,
        Story::Declined,
        Story::Cancelled,
        Story::Refunded,
        Story::Returned,
        Story::Taken,
    ] {
        let mut seen: Vec<Effects> = Vec::new();
        for _ in 0..2 {
            let prepared = story.prepare(&stack).await;
            let order_id = story.begin(&stack, prepared).await;
            seen.push(story.end(&stack, &order_id).await);
        }
        assert!(!seen[0].is_empty() && seen[0] == seen[1], "{seen:?}");
    }
}
