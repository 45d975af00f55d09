//! Whether Redis is reachable; each up/down transition is logged once.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Reachability of Redis; starts as reachable.
#[derive(Debug, Default)]
pub(super) struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    down: bool,
    epoch: u64,
}

impl Health {
    /// Increases with every outage: calls and connections of an earlier epoch do not count for this one.
    pub(super) fn epoch(&self) -> u64 {
        self.state().epoch
    }

    /// Whether Redis is known to be unreachable.
    pub(super) fn is_down(&self) -> bool {
        self.state().down
    }

    /// Redis did not answer a call of `epoch`. True for the first report.
    pub(super) fn fall(&self, epoch: u64) -> bool {
        let mut state = self.state();
        if state.down || state.epoch != epoch {
            return false;
        }
        state.down = true;
        state.epoch += 1;
        true
    }

    /// Redis is reachable again.
    pub(super) fn rise(&self) {
        self.state().down = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_reported_once_and_a_late_failure_is_ignored() {
        let health = Health::default();
        let before = health.epoch();
        assert!(health.fall(before));
        assert!(health.is_down());
        assert!(!health.fall(before) && !health.fall(health.epoch()));
        health.rise();
        assert!(!health.is_down());
        assert!(!health.fall(before));
        assert!(health.fall(health.epoch()));
    }
}
