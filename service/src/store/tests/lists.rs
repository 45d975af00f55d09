//! Lists: order, pages and filters.

use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{apply, at, begin, end, ledger_of, order};
use crate::domain::{
    Commit, Order, OrderFilter, OrderId, OrderState, PageRequest, SagaFilter, SagaId, SagaState,
};
use crate::store::Store;
use crate::store::journal::Journal;

super::on_both! {
    pages_are_newest_first_and_skip_no_row_of_equal_time,
    orders_are_filtered_by_every_field,
    sagas_are_filtered_by_every_field,
    a_saga_is_stuck_if_it_needs_attention_or_is_never_claimed,
    an_undecodable_row_is_skipped_in_a_list,
    missing_rows_are_read_as_none,
}

fn everything() -> OrderFilter {
    OrderFilter {
        organization_id: "acme".parse().expect("an id"),
        user_id: None,
        event_id: None,
        states: Vec::new(),
        create_time_after: None,
        create_time_before: None,
    }
}

const ALL: PageRequest = PageRequest {
    after: None,
    size: 1_000,
};

async fn made(store: &Store, micros: i64, change: impl FnOnce(&mut Order)) -> Commit {
    let mut order = order(at(micros));
    change(&mut order);
    let commit = begin(order);
    apply(store, &commit).await;
    commit
}

async fn listed(store: &Store, filter: &OrderFilter) -> Vec<OrderId> {
    let page = store.orders(filter, ALL).await.expect("it lists");
    assert_eq!(page.next, None);
    page.items.iter().map(|order| order.order_id).collect()
}

async fn pages_are_newest_first_and_skip_no_row_of_equal_time(bench: &Bench) {
    let store = &bench.store;
    let mut all = Vec::new();
    for micros in [5, 5, 5, 9, 5, 1, 5] {
        let commit = made(store, micros, |_| {}).await;
        all.push((micros, commit.saga.order_id));
    }
    all.sort_unstable();
    all.reverse();
    let mut paged = Vec::new();
    let mut page = PageRequest {
        after: None,
        size: 2,
    };
    loop {
        let answer = store.orders(&everything(), page).await.expect("it lists");
        paged.extend(
            answer
                .items
                .iter()
                .map(|order| (order.create_time.micros(), order.order_id)),
        );
        assert!(paged.len() <= all.len());
        match answer.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!(paged, all);

    let first = PageRequest {
        after: None,
        size: 4,
    };
    let first = store
        .sagas(&SagaFilter::default(), first)
        .await
        .expect("it lists");
    let rest = PageRequest {
        after: first.next,
        size: 4,
    };
    let rest = store
        .sagas(&SagaFilter::default(), rest)
        .await
        .expect("it lists");
    assert_eq!(
        (first.items.len(), rest.items.len(), rest.next),
        (4, 3, None)
    );
}

async fn orders_are_filtered_by_every_field(bench: &Bench) {
    let store = &bench.store;
    let plain = made(store, 10, |_| {}).await.saga.order_id;
    let user = made(store, 20, |order| {
        order.user_id = "u2".parse().expect("an id")
    })
    .await;
    let event = made(store, 30, |order| {
        order.event_id = "e2".parse().expect("an id")
    })
    .await;
    let failed = made(store, 40, |order| order.state = OrderState::Failed).await;
    let (user, event, failed) = (
        user.saga.order_id,
        event.saga.order_id,
        failed.saga.order_id,
    );
    made(store, 50, |order| {
        order.organization_id = "globex".parse().expect("an id")
    })
    .await;

    let filter = |change: &dyn Fn(&mut OrderFilter)| {
        let mut filter = everything();
        change(&mut filter);
        filter
    };
    let cases: [(OrderFilter, Vec<OrderId>); 8] = [
        (everything(), vec![failed, event, user, plain]),
        (
            filter(&|f| f.user_id = Some("u2".parse().expect("an id"))),
            vec![user],
        ),
        (
            filter(&|f| f.event_id = Some("e2".parse().expect("an id"))),
            vec![event],
        ),
        (
            filter(&|f| f.states = vec![OrderState::Failed]),
            vec![failed],
        ),
        (
            filter(&|f| f.states = vec![OrderState::Failed, OrderState::Pending]),
            vec![failed, event, user, plain],
        ),
        (
            filter(&|f| f.create_time_after = Some(at(30))),
            vec![failed, event],
        ),
        (
            filter(&|f| f.create_time_before = Some(at(30))),
            vec![user, plain],
        ),
        (
            filter(&|f| {
                f.user_id = Some("buyer-1".parse().expect("an id"));
                f.event_id = Some("ga-opera".parse().expect("an id"));
                f.states = vec![OrderState::Pending];
                f.create_time_after = Some(at(5));
                f.create_time_before = Some(at(45));
            }),
            vec![plain],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(store, &filter).await, expected, "{filter:?}");
    }
}

async fn sagas_of(store: &Store, filter: &SagaFilter) -> Vec<SagaId> {
    let page = store.sagas(filter, ALL).await.expect("it lists");
    page.items.iter().map(|saga| saga.saga_id).collect()
}

async fn sagas_are_filtered_by_every_field(bench: &Bench) {
    let store = &bench.store;
    let first = made(store, 10, |_| {}).await;
    apply(store, &end(&first)).await;
    let second = made(store, 20, |o| {
        o.organization_id = "globex".parse().expect("an id")
    })
    .await;
    let mut third = begin(order(at(30)));
    third.saga.kind = "cancel_order".into();
    apply(store, &third).await;
    let (first, second, third) = (first.saga, second.saga, third.saga);
    let any = SagaFilter::default;
    let globex = Some("globex".parse().expect("an id"));
    let cases: [(SagaFilter, Vec<SagaId>); 5] = [
        (any(), vec![third.saga_id, second.saga_id, first.saga_id]),
        (
            SagaFilter {
                organization_id: globex,
                ..any()
            },
            vec![second.saga_id],
        ),
        (
            SagaFilter {
                order_id: Some(third.order_id),
                ..any()
            },
            vec![third.saga_id],
        ),
        (
            SagaFilter {
                kind: Some("cancel_order".into()),
                ..any()
            },
            vec![third.saga_id],
        ),
        (
            SagaFilter {
                states: vec![SagaState::Completed],
                ..any()
            },
            vec![first.saga_id],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(sagas_of(store, &filter).await, expected, "{filter:?}");
    }
}

async fn a_saga_is_stuck_if_it_needs_attention_or_is_never_claimed(bench: &Bench) {
    let store = &bench.store;
    let unclaimed = begin(order(store.now().minus(Duration::from_secs(3_600))));
    apply(store, &unclaimed).await;
    let fresh = begin(order(store.now()));
    apply(store, &fresh).await;
    let mut driven = begin(order(store.now().minus(Duration::from_secs(7_200))));
    driven.saga.owner = Some(super::fixtures::replica("r1"));
    apply(store, &driven).await;
    let mut stopped = begin(order(store.now().minus(Duration::from_secs(9_000))));
    stopped.saga.state = SagaState::NeedsAttention;
    stopped.saga.due_time = None;
    apply(store, &stopped).await;
    let filter = SagaFilter {
        stuck_only: true,
        ..SagaFilter::default()
    };
    let stuck = sagas_of(store, &filter).await;
    assert_eq!(stuck, [unclaimed.saga.saga_id, stopped.saga.saga_id]);
}

async fn an_undecodable_row_is_skipped_in_a_list(bench: &Bench) {
    let good = made(&bench.store, 10, |_| {}).await;
    let bad = made(&bench.store, 20, |_| {}).await;
    let corrupt = "UPDATE orders SET state = 'SOLD' WHERE order_id = $1";
    bench
        .execute(corrupt, vec![bad.saga.order_id.uuid().into()])
        .await;
    assert_eq!(
        listed(&bench.store, &everything()).await,
        [good.saga.order_id]
    );
    let refused = bench.store.order(bad.saga.order_id).await;
    let refused = refused.expect_err("it cannot be decoded").to_string();
    assert!(refused.contains("SOLD"), "{refused}");
}

async fn missing_rows_are_read_as_none(bench: &Bench) {
    let store = &bench.store;
    assert_eq!(
        store.order(OrderId::generate()).await.expect("it reads"),
        None
    );
    assert!(
        store
            .load(SagaId::generate())
            .await
            .expect("it reads")
            .is_none()
    );
    assert_eq!(
        store.history(SagaId::generate()).await.expect("it reads"),
        []
    );
    assert_eq!(ledger_of(store, OrderId::generate()).await, []);
}
