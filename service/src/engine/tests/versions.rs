//! Two versions of one plan side by side, on both databases: each saga finishes under the version that it began with, and a
//! replica that knows only one leaves the other alone.

use crate::domain::{Answer, Call, Failure, OrderState, Reason, Saga, SagaState, StepState};
use crate::engine::Beginning;
use crate::engine::tests::replica::{Replica, SOON, payload, start};
use crate::plans::book_tickets;
use crate::plans::book_tickets::{
    AuthorizePayment, CapturePayment, ConfirmBooking, HoldSeats, KIND,
};
use crate::saga::{
    Act, Captured, Change, Definition, Edge, Placed, Plan, Progress, Retriable, Scene, Step,
    Unreadable, Verdict,
};
use crate::store::tests::bench::Bench;

/// The buyer was thanked.
struct Thanked;

impl Progress for Thanked {}
impl Edge<Thanked> for Captured {}

/// What version 2 does besides: a step after the pivot.
#[derive(Debug)]
struct ThankBuyer;

impl Step for ThankBuyer {
    type From = Captured;
    type To = Thanked;
}

impl Retriable for ThankBuyer {}

impl Act for ThankBuyer {
    fn name(&self) -> &'static str {
        "thank_buyer"
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        Ok(Call::SendNotification {
            notification_id: format!("{}/thanks", scene.saga.saga_id),
            organization_id: scene.order.organization_id.clone(),
            template: "thanks".into(),
            contact: scene.order.contact.clone(),
            data: Default::default(),
        })
    }

    fn judge(
        &self,
        _scene: &Scene<'_>,
        answer: &Answer,
        _change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        assert_eq!(*answer, Answer::Taken);
        Ok(Verdict::Done)
    }

    fn refusal(&self, reason: &Reason, message: &str) -> Failure {
        Failure::new(reason.clone(), message)
    }
}

fn version_2() -> Definition {
    let before = book_tickets::plan();
    Plan::<Placed>::begin(KIND, 2)
        .then(HoldSeats)
        .then(AuthorizePayment)
        .then(ConfirmBooking)
        .pivot(CapturePayment)
        .and(ThankBuyer)
        .ends(before.complete, before.unwound)
        .yielding_to_cancel()
}

fn names(saga: &Saga) -> Vec<&str> {
    let done = saga.steps.iter().inspect(|step| {
        assert_eq!(step.state, StepState::Succeeded, "{step:?}");
    });
    done.map(|step| step.name.as_str()).collect()
}

async fn each_saga_finishes_under_its_own_version(bench: &Bench) {
    let old = Replica::knowing(bench, "old", vec![book_tickets::plan()]).await;
    old.participants.payment_is_away(true);
    let first = old.begins(1).await;
    old.until(&first, |saga| saga.cursor == 1).await;
    old.engine.stop().await;

    let new = Replica::knowing(bench, "new", vec![book_tickets::plan(), version_2()]).await;
    let second = new.begins(2).await;
    let ended = |saga: &Saga| saga.state == SagaState::Completed;
    let of_first = new.until(&first, ended).await;
    let of_second = new.until(&second, ended).await;
    let steps = [
        "hold_seats",
        "authorize_payment",
        "confirm_booking",
        "capture_payment",
    ];
    assert_eq!(
        (names(&of_first), of_first.definition_version),
        (steps.to_vec(), 1)
    );
    let steps = [&steps[..], &["thank_buyer"]].concat();
    assert_eq!(
        (names(&of_second), of_second.definition_version),
        (steps, 2)
    );
    for order in [&first, &second] {
        let order = new.store.order(order.order_id).await.expect("it reads");
        assert_eq!(order.expect("it is there").state, OrderState::Confirmed);
    }
    new.engine.stop().await;
}

async fn a_replica_leaves_a_version_alone_that_it_does_not_know(bench: &Bench) {
    let new = Replica::knowing(bench, "new", vec![book_tickets::plan(), version_2()]).await;
    new.participants.payment_is_away(true);
    let strange = new.begins(2).await;
    new.until(&strange, |saga| saga.cursor == 1).await;
    new.engine.stop().await;
    let before = new.saga(&strange).await;

    let old = Replica::knowing(bench, "old", vec![book_tickets::plan()]).await;
    let known = old.begins(1).await;
    old.until(&known, |saga| saga.state == SagaState::Completed)
        .await;
    let refused = old.engine.begin(Beginning {
        plan: (KIND, 2),
        start: start(known, &payload()),
        patience: SOON,
    });
    refused
        .await
        .expect_err("it cannot begin what it does not know");
    assert!(!old.engine.knows(&before));
    assert_eq!(old.saga(&strange).await, before, "nobody touched it");
    old.engine.stop().await;

    let newer = Replica::knowing(bench, "newer", vec![version_2()]).await;
    let ended = newer
        .until(&strange, |saga| saga.state == SagaState::Completed)
        .await;
    assert_eq!(ended.steps.len(), 5);
    newer.engine.stop().await;
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_saga_finishes_under_its_own_version() {
        let bench = Bench::sqlite().await;
        super::each_saga_finishes_under_its_own_version(&bench).await;
        bench.close().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_leaves_a_version_alone_that_it_does_not_know() {
        let bench = Bench::sqlite().await;
        super::a_replica_leaves_a_version_alone_that_it_does_not_know(&bench).await;
        bench.close().await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_saga_finishes_under_its_own_version() {
        let bench = Bench::postgres().await;
        super::each_saga_finishes_under_its_own_version(&bench).await;
        bench.close().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_leaves_a_version_alone_that_it_does_not_know() {
        let bench = Bench::postgres().await;
        super::a_replica_leaves_a_version_alone_that_it_does_not_know(&bench).await;
        bench.close().await;
    }
}
