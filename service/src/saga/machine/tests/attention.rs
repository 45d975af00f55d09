//! A saga that needs attention and is called again: one stay, left before each call (rule 30).

use std::time::Duration;

use crate::domain::{Event, HoldState, OrderState, PaymentState, SagaState};
use crate::saga::machine::tests::bench::{Bench, refusal, unknown};
use crate::saga::machine::tests::operators::settled;

/// Its void is never answered.
fn stuck_unanswered() -> Bench {
    let mut bench = Bench::booked();
    for _ in 0..5 {
        bench.passes(Duration::from_secs(60));
        bench.answered(Err(unknown()));
    }
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    bench
}

#[test]
fn a_saga_leaves_needs_attention_before_it_is_called_again_and_stays_for_one_stay() {
    let mut bench = stuck_unanswered();
    let stops = |bench: &Bench| {
        let lines = bench.written.iter().flat_map(|commit| &commit.history);
        lines
            .filter(|line| line.event == Event::NeedsAttention)
            .count()
    };
    assert_eq!(stops(&bench), 1);
    bench.passes(Duration::from_secs(900));
    let (purpose, _) = bench.calls();
    assert_eq!(bench.saga.state, SagaState::Compensating, "it was left");
    assert!(bench.saga.failure.is_some(), "and it is known why");
    let end = settled(
        OrderState::Failed,
        PaymentState::Voided,
        (0, 0),
        HoldState::Released,
    );
    let why = bench.intervenes(&end).expect_err("a call is in flight");
    assert!(why.contains("COMPENSATING"), "{why}");
    bench.hears_of(purpose, Err(unknown()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    assert_eq!(stops(&bench), 1, "the same stay");
    bench.passes(Duration::from_secs(900));
    bench.answered(Err(refusal()));
    assert_eq!(stops(&bench), 2, "another reason is recorded");
}
