//! A saga that cannot go on alone: why, and what a person can do about it.

use std::cmp::Ordering;
use std::time::Duration;

use crate::domain::{Failure, Saga, Way};
use crate::saga::machine::Machine;
use crate::saga::machine::draft::Draft;
use crate::saga::plan::Stage;

impl Machine<'_> {
    /// Stops until a person acts. `again` keeps trying, rarely, where the last outcome was unknown.
    pub(super) fn needs_attention(
        &self,
        draft: &mut Draft,
        reason: &str,
        message: &str,
        again: Option<Duration>,
    ) {
        let why = Failure {
            reason: reason.to_owned(),
            message: message.to_owned(),
        };
        let next_moves = self.next_moves(&draft.saga);
        draft.stop(why, next_moves, again);
    }

    fn next_moves(&self, saga: &Saga) -> Vec<String> {
        let moves = [
            ("RetrySaga", true),
            ("CompensateSaga", self.bars_unwinding(saga).is_none()),
            ("ResolveSaga", self.definition.resolution.is_some()),
        ];
        let possible = moves.iter().filter(|(_, possible)| *possible);
        possible.map(|(name, _)| (*name).to_owned()).collect()
    }

    /// Why an operator may not turn the saga back; none where one may (RULE 2).
    pub(super) fn bars_unwinding(&self, saga: &Saga) -> Option<String> {
        if saga.way == Way::Backward || saga.unwind_asked {
            return Some("the saga unwinds already".to_owned());
        }
        let is_pivot = |stage: &Stage| matches!(stage, Stage::Pivot(_) | Stage::Decisive(_));
        let pivot = self.definition.stages.iter().position(is_pivot)?;
        let name = self.definition.stages[pivot].act().name();
        match saga.cursor.cmp(&pivot) {
            Ordering::Less => None,
            Ordering::Equal => Some(format!(
                "`{name}` was sent, and its outcome is not known yet"
            )),
            Ordering::Greater => Some(format!(
                "the saga is past its pivot, `{name}`: from there it only goes forward"
            )),
        }
    }
}
