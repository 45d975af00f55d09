//! Checks the model without a flaw, and once with each flaw, over all reachable states.

use stateright::{Checker as _, HasDiscoveries, Model as _};

use crate::promises::{CONFIRMED_KEEPS_EFFECT, FAILED_IS_UNDONE, ONE_ORDER};
use crate::protocol::{Flaw, Protocol};

/// Runs the checker until a promise is broken or every state is visited.
fn check(flaw: Flaw) -> impl stateright::Checker<Protocol> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Protocol { flaw }
        .checker()
        .threads(threads)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join()
}

#[test]
fn the_protocol_keeps_its_promises_in_every_state() {
    let checked = check(Flaw::None);
    checked.assert_properties();
    assert!(checked.is_done(), "not every state was visited");
    eprintln!(
        "{} states, {} of them different, at most {} steps deep",
        checked.state_count(),
        checked.unique_state_count(),
        checked.max_depth()
    );
}

fn is_missed(flaw: Flaw, promises: &[&'static str]) {
    let found = check(flaw);
    let broken = promises
        .iter()
        .any(|promise| found.discovery(promise).is_some());
    assert!(broken, "{flaw:?} breaks none of {promises:?}");
}

#[test]
fn a_commit_without_a_fence_is_found() {
    is_missed(Flaw::Unfenced, &[CONFIRMED_KEEPS_EFFECT, FAILED_IS_UNDONE]);
}

#[test]
fn a_step_of_unknown_outcome_that_is_not_undone_is_found() {
    is_missed(Flaw::UnknownIsNo, &[FAILED_IS_UNDONE]);
}

#[test]
fn a_key_that_only_redis_knows_is_found() {
    is_missed(Flaw::KeyInRedisAlone, &[ONE_ORDER]);
}

#[test]
fn a_lock_that_expires_under_a_slow_request_is_found() {
    is_missed(Flaw::UnlockOnTimeout, &[ONE_ORDER]);
}
