//! The fast tier of the keys: it answers repeats without the journal, and forgets everything now and then.

use std::collections::BTreeSet;

use crate::engine::simulation::Dice;

/// How many of a hundred requests find that everything was forgotten.
const FORGETS_PERCENT: u64 = 15;

/// What Redis knows.
#[derive(Debug, Default)]
pub(super) struct Edge {
    done: BTreeSet<String>,
}

impl Edge {
    /// Whether a repeat is answered from here.
    pub(super) fn knows(&mut self, key: &str, dice: &mut Dice) -> bool {
        if dice.percent(FORGETS_PERCENT) {
            self.done.clear();
        }
        self.done.contains(key)
    }

    /// The request under this key is answered.
    pub(super) fn complete(&mut self, key: &str) {
        self.done.insert(key.to_owned());
    }
}
