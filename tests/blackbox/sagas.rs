//! The operators' view of a saga, and the requests that the saga sent to the participants.

use order_proto::order::v1::{ListSagasRequest, SagaState, StepState};
use order_proto::sandbox::v1::FaultKind;
use order_tests::sandbox::HOLD_SEATS;
use order_tests::{Backend, Booking, Stack, on_both_backends};

on_both_backends!(
    a_finished_saga_shows_every_step_and_its_history,
    a_compensated_saga_shows_its_failure_and_each_step,
    steps_are_undone_in_reverse_order,
    every_call_carries_the_key_of_its_step,
    a_repeated_attempt_carries_the_same_key,
    sagas_are_listed_without_their_history,
);

const STEPS: [&str; 4] = [
    "hold_seats",
    "authorize_payment",
    "confirm_booking",
    "capture_payment",
];

async fn a_finished_saga_shows_every_step_and_its_history(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let saga = stack.saga(&order.saga_id).await;
    assert_eq!(
        (saga.kind.as_str(), saga.state()),
        ("book_tickets", SagaState::Completed),
        "{saga:?}"
    );
    assert_eq!(
        (&saga.order_id, &saga.organization_id),
        (&order.order_id, &order.organization_id)
    );
    assert_eq!(saga.definition_version, 1);
    assert_eq!(saga.current_step, "");
    let names: Vec<&str> = saga.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, STEPS);
    for step in &saga.steps {
        assert_eq!(
            (step.state(), step.attempts),
            (StepState::Succeeded, 1),
            "{step:?}"
        );
        assert!(
            step.start_time.is_some() && step.end_time.is_some(),
            "{step:?}"
        );
    }
    for name in STEPS {
        assert!(
            saga.history.iter().any(|event| event.step == name),
            "{name}: {:?}",
            saga.history
        );
    }
    let times: Vec<(i64, i32)> = saga
        .history
        .iter()
        .filter_map(|event| event.time)
        .map(|time| (time.seconds, time.nanos))
        .collect();
    assert_eq!(times.len(), saga.history.len(), "every event has a time");
    assert!(times.is_sorted(), "{times:?}");
}

async fn a_compensated_saga_shows_its_failure_and_each_step(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new().with_token("tok_declined")).await;
    let saga = stack.saga(&order.saga_id).await;
    assert_eq!(saga.state(), SagaState::Compensated, "{saga:?}");
    let failure = saga.failure.clone().expect("the error has an ErrorInfo");
    assert_eq!(failure.reason, "PAYMENT_DECLINED");
    assert!(!failure.message.is_empty());
    let states: Vec<StepState> = saga.steps.iter().map(|step| step.state()).collect();
    assert_eq!(states[0], StepState::Compensated, "{saga:?}");
    assert_ne!(states[1], StepState::Succeeded, "{saga:?}");
    assert_eq!(
        states[2..],
        [StepState::Skipped, StepState::Skipped],
        "never sent, never undone: {saga:?}"
    );
}

async fn steps_are_undone_in_reverse_order(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack
        .book(&Booking::new().with_token("tok_capture_declined"))
        .await;
    let journal = stack.sandbox.journal(&order.order_id).await;
    let methods: Vec<&str> = journal.iter().map(|entry| entry.method.as_str()).collect();
    let at = |name: &str| methods.iter().position(|method| *method == name);
    let (capture, cancel, release) = (at("CapturePayment"), at("CancelBooking"), at("ReleaseHold"));
    let last_void = methods.iter().rposition(|method| *method == "VoidPayment");
    assert!(capture.is_some() && capture < cancel, "{methods:?}");
    assert!(cancel < last_void, "{methods:?}");
    assert!(release.is_none() || last_void < release, "{methods:?}");
}

async fn every_call_carries_the_key_of_its_step(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = stack.book(&Booking::new()).await;
    let journal = stack.sandbox.journal(&order.order_id).await;
    let acting: Vec<&str> = journal
        .iter()
        .filter(|entry| {
            [
                "HoldSeats",
                "AuthorizePayment",
                "ConfirmBooking",
                "CapturePayment",
            ]
            .contains(&&*entry.method)
        })
        .map(|entry| entry.idempotency_key.as_str())
        .collect();
    let expected = STEPS.map(|step| format!("{}/{step}", order.saga_id));
    assert_eq!(acting, expected);
}

async fn a_repeated_attempt_carries_the_same_key(backend: Backend) {
    let stack = Stack::on(backend).await;
    stack
        .sandbox
        .fault(HOLD_SEATS, FaultKind::LoseReply, 2)
        .await;
    let order = stack.book(&Booking::new()).await;
    let journal = stack.sandbox.journal(&order.order_id).await;
    let keys: Vec<&str> = journal
        .iter()
        .filter(|e| e.method == HOLD_SEATS.name)
        .map(|e| e.idempotency_key.as_str())
        .collect();
    let key = format!("{}/hold_seats", order.saga_id);
    assert_eq!(keys, [key.as_str(); 3]);
    let saga = stack.saga(&order.saga_id).await;
    assert_eq!(saga.steps[0].attempts, 3, "{saga:?}");
}

async fn sagas_are_listed_without_their_history(backend: Backend) {
    let stack = Stack::on(backend).await;
    let good = stack.book(&Booking::new()).await;
    let bad = stack
        .book(
            &Booking::new()
                .for_organization(&good.organization_id)
                .with_token("tok_declined"),
        )
        .await;
    let list = async |request: ListSagasRequest| {
        let sagas = stack
            .sagas()
            .list_sagas(request)
            .await
            .expect("sagas are listed")
            .into_inner()
            .sagas;
        assert!(
            sagas.iter().all(|saga| saga.history.is_empty()),
            "{sagas:?}"
        );
        sagas
            .into_iter()
            .map(|saga| saga.saga_id)
            .collect::<Vec<String>>()
    };
    let organization_id = good.organization_id.clone();
    let all = ListSagasRequest {
        organization_id: organization_id.clone(),
        ..Default::default()
    };
    assert_eq!(
        list(all.clone()).await,
        [bad.saga_id.clone(), good.saga_id.clone()]
    );
    let of_order = ListSagasRequest {
        order_id: good.order_id.clone(),
        ..Default::default()
    };
    assert_eq!(list(of_order).await, [good.saga_id.as_str()]);
    let undone = ListSagasRequest {
        states: vec![SagaState::Compensated.into()],
        ..all.clone()
    };
    assert_eq!(list(undone).await, [bad.saga_id.as_str()]);
    let other_kind = ListSagasRequest {
        kind: "cancel_order".to_owned(),
        ..all.clone()
    };
    assert!(list(other_kind).await.is_empty());
    let stuck = ListSagasRequest {
        stuck_only: true,
        ..all
    };
    assert!(list(stuck).await.is_empty());
}
