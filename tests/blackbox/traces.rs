//! One trace covers a request from the client to the last participant, and contains no secret.

use std::collections::BTreeSet;

use order_tests::collector::{Collector, ReceivedSpan};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, on_both_backends};
use uuid::Uuid;

on_both_backends!(
    a_booking_is_one_trace_from_the_client_to_the_participants,
    an_unreachable_collector_affects_only_the_traces,
    the_sampler_decides_which_traces_are_exported,
);

const EMAIL: &str = "grace.hopper.4711@secret.example.test";
const TOKEN: &str = "tok_slow_17";

async fn a_booking_is_one_trace_from_the_client_to_the_participants(backend: Backend) {
    let collector = Collector::start();
    let stack = Setup::on(backend)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .start()
        .await;
    let trace = Uuid::now_v7();
    let mut booking = Booking::new().with_token(TOKEN);
    EMAIL.clone_into(&mut booking.email);
    let api = stack.api();
    let parent = format!("00-{}-00f067aa0ba902b7-01", trace.simple());
    let request = api
        .request("POST", "/v1/orders")
        .header("traceparent", parent)
        .json(&booking.json());
    assert_eq!(
        api.send(request).await.ok()["state"],
        "ORDER_STATE_CONFIRMED"
    );

    let of_trace = || {
        let mut seen = collector.spans();
        seen.retain(|seen| seen.span.trace_id == trace.as_bytes());
        seen
    };
    let steps = [
        "hold_seats",
        "authorize_payment",
        "confirm_booking",
        "capture_payment",
    ];
    until(
        "the spans of every step, of SQL, and of two processes",
        SOON,
        async || {
            let seen = of_trace();
            let services: BTreeSet<&str> = seen.iter().map(|seen| seen.service.as_str()).collect();
            let found = |step: &&str| seen.iter().any(|seen| names_step(seen, step));
            let sql = seen.iter().any(|seen| seen.span.name == "sql");
            (services.len() >= 2 && sql && steps.iter().all(found)).then_some(())
        },
    )
    .await;
    for seen in collector.spans() {
        let shown = format!("{seen:?}");
        assert!(!shown.contains(EMAIL) && !shown.contains(TOKEN), "{shown}");
    }
}

/// Whether the span has the step's name as its name or in an attribute.
fn names_step(seen: &ReceivedSpan, step: &str) -> bool {
    seen.span.name.contains(step) || format!("{:?}", seen.span.attributes).contains(step)
}

async fn an_unreachable_collector_affects_only_the_traces(backend: Backend) {
    let closed = order_tests::port::Port::free();
    let stack = Setup::on(backend)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", closed.url())
        .start()
        .await;
    let order = stack.book(&Booking::new()).await;
    order_tests::promises::hold(&stack, &order.order_id).await;
}

async fn the_sampler_decides_which_traces_are_exported(backend: Backend) {
    let collector = Collector::start();
    let stack = Setup::on(backend)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .with("OTEL_TRACES_SAMPLER", "parentbased_always_off")
        .start()
        .await;
    let api = stack.api();
    let booking = |parent: Option<String>| {
        let request = api
            .request("POST", "/v1/orders")
            .json(&Booking::new().json());
        match parent {
            Some(parent) => request.header("traceparent", parent),
            None => request,
        }
    };
    let unsampled = api.send(booking(None)).await.ok();
    assert_eq!(unsampled["state"], "ORDER_STATE_CONFIRMED");
    let trace = Uuid::now_v7();
    let parent = format!("00-{}-00f067aa0ba902b7-01", trace.simple());
    let sampled = api.send(booking(Some(parent))).await.ok();
    assert_eq!(sampled["state"], "ORDER_STATE_CONFIRMED");
    until("the spans of the sampled trace", SOON, async || {
        (!collector.spans().is_empty()).then_some(())
    })
    .await;
    for seen in collector.spans() {
        assert_eq!(seen.span.trace_id, trace.as_bytes(), "{seen:?}");
    }
}
