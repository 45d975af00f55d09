//! When the machine asks, waits and stops: a booking moved by hand, answer by answer.

mod asking;
mod bench;
mod events;
mod operators;

use super::*;
use crate::domain::{CommitId, Guard};
use crate::rpc::tests::samples;

#[test]
fn only_a_saga_that_would_wait_looks_at_once() {
    for state in SagaState::ALL {
        let mut saga = samples::saga();
        let later = saga.update_time.plus(std::time::Duration::from_secs(9));
        saga.state = *state;
        saga.due_time = (!state.is_at_rest()).then_some(later);
        let (at_once, before) = (saga.update_time, saga.due_time);
        let mut commit = Commit {
            commit_id: CommitId::generate(),
            guard: Guard::StepIn { version: 1 },
            saga,
            order: None,
            history: Vec::new(),
            ledger: Vec::new(),
            outbox: Vec::new(),
            key: None,
            successor: None,
        };
        look_at_once(&mut commit);
        let waits = *state == SagaState::Waiting;
        let expected = if waits { Some(at_once) } else { before };
        assert_eq!(commit.saga.due_time, expected, "{state:?}");
    }
}
