//! What time does: leases that are renewed or end, replies that are kept no longer than their rows.

use std::time::Duration;

use tokio::time::advance;
use tonic::Status;

use super::super::LEASE;
use super::bench::*;
use crate::domain::{Disposition, InDoubt};

const MINUTE: Duration = Duration::from_secs(60);

/// Advances the clock in steps, so that tasks that wake in between run.
async fn pass(duration: Duration) {
    let step = LEASE / 10;
    let steps = duration.as_millis() / step.as_millis();
    for _ in 0..steps {
        advance(step).await;
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_stays_fenced() {
    let handler = Handler::counting().gated();
    let client = handler.behind(&embedded());
    let (first, ()) = tokio::join!(client.book("k"), async {
        handler.begun().await;
        for _ in 0..5 {
            pass(LEASE).await;
            let second = tokio::time::timeout(MINUTE, client.book("k")).await;
            let second = second.expect("it does not reach the gate");
            assert_eq!(second, Seen::refused("KeyInUse"));
        }
        handler.open();
    });
    assert_eq!(first, Seen::answer(1));
    assert_eq!(client.book("k").await, Seen::replay(1));
}

#[tokio::test(start_paused = true)]
async fn a_claim_in_doubt_ends_with_its_lease() {
    let handler = Handler::new(|call| match call {
        1 => {
            let mut response = Status::unavailable("lost").into_http();
            response.extensions_mut().insert(InDoubt);
            response
        }
        _ => ok(call, Some(FINAL)),
    });
    let client = handler.behind(&embedded());
    assert_eq!(client.book("k").await, Seen::refused("lost"));
    pass(LEASE - LEASE / 10).await;
    assert_eq!(client.book("k").await, Seen::refused("KeyInUse"));
    pass(LEASE / 10).await;
    assert_eq!(client.book("k").await, Seen::answer(2));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_leaves_its_claim_in_doubt() {
    let handler = Handler::new(|call| match call {
        1 => panic!("on purpose"),
        _ => ok(call, Some(FINAL)),
    });
    let client = handler.behind(&embedded());
    assert_eq!(client.book("k").await, Seen::refused("Internal"));
    assert_eq!(client.book("k").await, Seen::refused("KeyInUse"));
    pass(LEASE).await;
    assert_eq!(client.book("k").await, Seen::answer(2));
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_kept_for_its_time_counted_from_the_claim() {
    let handler = Handler::counting().gated();
    let mut settings = embedded();
    settings.ttl = 2 * MINUTE;
    let client = handler.behind(&settings);
    let (first, ()) = tokio::join!(client.book("k"), async {
        handler.begun().await;
        pass(MINUTE).await;
        handler.open();
    });
    assert_eq!(first, Seen::answer(1));
    pass(MINUTE - LEASE).await;
    assert_eq!(client.book("k").await, Seen::replay(1));
    pass(LEASE).await;
    assert_eq!(client.book("k").await, Seen::answer(2));
}

#[tokio::test(start_paused = true)]
async fn a_reply_found_again_is_marked_and_stored_for_what_is_left() {
    let found = |age| Disposition {
        replayed: true,
        storable: true,
        age,
    };
    let mut settings = embedded();
    settings.ttl = 10 * MINUTE;
    let handler = Handler::new(move |call| match call {
        1 => ok(call, Some(found(6 * MINUTE))),
        _ => ok(call, Some(found(9 * MINUTE))),
    });
    let client = handler.behind(&settings);
    assert_eq!(client.book("k").await, Seen::replay(1));
    assert_eq!(client.book("k").await, Seen::replay(1));
    // Ten minutes less six, less one for clocks that disagree.
    pass(3 * MINUTE).await;
    assert_eq!(client.book("k").await, Seen::replay(2));
    // Nothing is left of the second one's time.
    assert_eq!(client.book("k").await, Seen::replay(3));
    assert_eq!(handler.calls(), 3);
}
