//! `WatchSagas`: sends the sagas that match the filter, and each change of them.

use order_proto::order::v1::saga_service_client::SagaServiceClient;
use order_proto::order::v1::{OrderState, Saga, SagaState, WatchSagasRequest};
use order_proto::sandbox::v1::{CompletionOutcome, FaultKind};
use order_tests::sandbox::inventory;
use order_tests::wait::SOON;
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use tonic::{Code, Streaming};
use tonic_types::StatusExt as _;

on_both_backends!(
    matching_sagas_are_sent_and_then_their_changes,
    a_saga_that_starts_later_is_sent,
    a_state_is_watched_until_it_is_left,
    a_saga_that_becomes_stuck_is_sent,
    a_wrong_filter_is_refused,
);

async fn watch(stack: &Stack, replica: usize, request: WatchSagasRequest) -> Streaming<Saga> {
    let mut sagas = SagaServiceClient::new(stack.channel(replica));
    let changes = sagas.watch_sagas(request).await;
    changes.expect("the sagas can be watched").into_inner()
}

async fn next(changes: &mut Streaming<Saga>) -> Saga {
    let next = tokio::time::timeout(SOON, changes.message()).await;
    let next = next.expect("a change arrives").expect("the stream goes on");
    let saga = next.expect("a stream of sagas has no end");
    assert!(saga.history.is_empty(), "{saga:?}");
    saga
}

/// The messages about this saga until it is in this state.
///
/// Panics when a message repeats an earlier one.
async fn until_it_is(changes: &mut Streaming<Saga>, saga_id: &str, state: SagaState) -> Vec<Saga> {
    let mut received: Vec<Saga> = Vec::new();
    loop {
        let saga = next(changes).await;
        if saga.saga_id != saga_id {
            continue;
        }
        assert!(!received.contains(&saga), "sent twice: {saga:?}");
        let there = saga.state() == state;
        received.push(saga);
        if there {
            return received;
        }
    }
}

fn of(organization_id: &str) -> WatchSagasRequest {
    WatchSagasRequest {
        organization_id: organization_id.to_owned(),
        ..Default::default()
    }
}

async fn matching_sagas_are_sent_and_then_their_changes(backend: Backend) {
    let stack = Stack::on(backend).await;
    let done = stack.book(&Booking::new()).await;
    let booking = Booking::new()
        .for_organization(&done.organization_id)
        .with_token("tok_requires_action");
    let waiting = stack.book(&booking).await;
    let _stranger = stack.book(&Booking::new()).await;
    let mut changes = watch(&stack, 0, of(&done.organization_id)).await;
    let received = [next(&mut changes).await, next(&mut changes).await];
    let received = received.map(|saga| (saga.saga_id.clone(), saga.state()));
    let expected = [
        (waiting.saga_id.clone(), SagaState::Waiting),
        (done.saga_id.clone(), SagaState::Completed),
    ];
    assert_eq!(received, expected, "the matching sagas, newest first");
    let payment_id = waiting.payment.expect("a payment").payment_id;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Succeed)
        .await;
    let received = until_it_is(&mut changes, &waiting.saga_id, SagaState::Completed).await;
    let mut now = stack.saga(&waiting.saga_id).await;
    now.history.clear();
    assert_eq!(received.last(), Some(&now));
}

async fn a_saga_that_starts_later_is_sent(backend: Backend) {
    let replicas = if backend == Backend::Production { 2 } else { 1 };
    let stack = Setup::on(backend).replicas(replicas).start().await;
    let booking = Booking::new();
    let filter = WatchSagasRequest {
        kind: "book_tickets".to_owned(),
        ..of(&booking.organization_id)
    };
    // With two replicas, watches the one that does not drive the saga.
    let mut changes = watch(&stack, replicas - 1, filter).await;
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    until_it_is(&mut changes, &order.saga_id, SagaState::Completed).await;
}

async fn a_state_is_watched_until_it_is_left(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let filter = WatchSagasRequest {
        states: vec![SagaState::Waiting.into()],
        ..of(&booking.organization_id)
    };
    let mut changes = watch(&stack, 0, filter).await;
    let _done = stack
        .book(&Booking::new().for_organization(&booking.organization_id))
        .await;
    let order = stack.book(&booking).await;
    let entered = next(&mut changes).await;
    assert_eq!(
        (entered.saga_id.as_str(), entered.state()),
        (order.saga_id.as_str(), SagaState::Waiting)
    );
    let payment_id = order.payment.expect("a payment").payment_id;
    stack
        .sandbox
        .complete(&payment_id, CompletionOutcome::Fail)
        .await;
    let left = loop {
        let saga = next(&mut changes).await;
        assert_eq!(saga.saga_id, order.saga_id);
        if saga.state() != SagaState::Waiting {
            break saga;
        }
    };
    assert!(
        [
            SagaState::Running,
            SagaState::Compensating,
            SagaState::Compensated
        ]
        .contains(&left.state()),
        "{left:?}"
    );
}

async fn a_saga_that_becomes_stuck_is_sent(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_declined").waiting(0);
    let filter = WatchSagasRequest {
        stuck_only: true,
        ..of(&booking.organization_id)
    };
    let mut changes = watch(&stack, 0, filter).await;
    stack
        .sandbox
        .fault(inventory("ReleaseHold"), FaultKind::Reject, 0)
        .await;
    let order = stack.book(&booking).await;
    let stuck = next(&mut changes).await;
    assert_eq!(
        (stuck.saga_id.as_str(), stuck.state()),
        (order.saga_id.as_str(), SagaState::NeedsAttention)
    );
    let failure = stuck.failure.expect("the error has an ErrorInfo");
    assert!(
        failure.next_moves.contains(&"RetrySaga".to_owned()),
        "{failure:?}"
    );
}

async fn a_wrong_filter_is_refused(backend: Backend) {
    let stack = Stack::on(backend).await;
    let filter = WatchSagasRequest {
        order_id: "x".to_owned(),
        ..Default::default()
    };
    let refused = stack.sagas().watch_sagas(filter).await;
    let status = refused.expect_err("an order's id is a UUID");
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let violations = &details
        .bad_request()
        .expect("the error names the field")
        .field_violations;
    assert_eq!(violations[0].field, "orderId");
    let reply = stack.api().get("/v1/sagas:watch?orderId=x").await;
    assert_eq!(
        (reply.status, reply.fields()),
        (400, vec!["orderId".to_owned()])
    );
}
