//! Panics in a saga or a delivery, on both databases: the saga is parked, the delivery is tried again, and the rest runs on.

use std::time::Duration;

use crate::domain::{
    DeliveryFilter, DeliveryState, OrderId, OrderState, Outcome, PageRequest, Reason, SagaFilter,
    SagaState,
};
use crate::engine::tests::replica::{Replica, SOON};
use crate::plans::book_tickets;
use crate::saga::{Intervention, Operator, StepIn};
use crate::store::tests::bench::Bench;
use crate::supervise::panics;

const PAGE: PageRequest = PageRequest {
    after: None,
    size: 10,
};

async fn a_panic_parks_one_saga_and_delays_one_delivery(bench: &Bench) {
    let replica = Replica::knowing(bench, "r1", vec![book_tickets::plan()]).await;
    let before = panics();
    replica
        .participants
        .panics_at(&["AuthorizePayment", "RecordUsage"]);
    let parked = replica.begins(1).await;
    let saga = replica
        .until(&parked, |saga| saga.state == SagaState::NeedsAttention)
        .await;
    let why = saga.failure.as_ref().expect("it says why");
    assert_eq!(why.reason, Reason::Unreadable);
    assert!(why.message.contains("panicked"), "{}", why.message);
    assert_eq!((saga.owner.as_ref(), saga.due_time), (None, None));
    let stuck = SagaFilter {
        stuck_only: true,
        ..SagaFilter::default()
    };
    let found = replica.store.sagas(&stuck, PAGE).await.expect("it lists");
    assert_eq!(found.items.len(), 1);

    let booked = replica.begins(1).await;
    replica
        .until(&booked, |saga| saga.state == SagaState::Completed)
        .await;
    let operator = Operator {
        actor: "olga".into(),
        note: "the fault is fixed".into(),
        key: None,
    };
    let order = replica
        .store
        .order(parked.order_id)
        .await
        .expect("it reads");
    let retry = StepIn::Intervene(Intervention::Retry, operator);
    let order = order.expect("it is there");
    let retried = replica.engine.step_in(&saga, order, retry, SOON).await;
    assert_eq!(retried.expect("it is retried").1, Outcome::Applied);
    replica
        .until(&parked, |saga| saga.state == SagaState::Completed)
        .await;
    for order in [&parked, &booked] {
        let found = replica.store.order(order.order_id).await.expect("it reads");
        assert_eq!(found.expect("it is there").state, OrderState::Confirmed);
        all_delivered(&replica, order.order_id).await;
    }
    assert!(panics() >= before + 2);
    assert!(replica.engine.is_well());
    replica.engine.stop().await;
}

/// Waits until usage and notification of the order are delivered, or for [`SOON`].
async fn all_delivered(replica: &Replica, order_id: OrderId) {
    let filter = DeliveryFilter {
        order_id: Some(order_id),
        ..DeliveryFilter::default()
    };
    let looking = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let found = replica.store.deliveries(&filter, PAGE).await;
            let found = found.expect("it lists").items;
            let mut states = found.iter().map(|one| one.state);
            if found.len() == 2 && states.all(|state| state == DeliveryState::Delivered) {
                return;
            }
        }
    };
    let looked = tokio::time::timeout(SOON, looking).await;
    looked.expect("both are delivered in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_panic_parks_one_saga_and_delays_one_delivery() {
    let bench = Bench::sqlite().await;
    a_panic_parks_one_saga_and_delays_one_delivery(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_panic_parks_one_saga_and_delays_one_delivery() {
    let bench = Bench::postgres().await;
    a_panic_parks_one_saga_and_delays_one_delivery(&bench).await;
    bench.close().await;
}
