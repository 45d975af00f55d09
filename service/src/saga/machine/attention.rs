//! NEEDS_ATTENTION: why a saga stopped, and the moves that an operator has.

use std::cmp::Ordering;
use std::time::Duration;

use crate::domain::{Commit, Event, Failure, Order, Reason, Saga, Way};
use crate::saga::machine::Machine;
use crate::saga::machine::draft::Draft;
use crate::saga::moment::Moment;
use crate::saga::plan::Stage;
use crate::saga::step::Unreadable;

impl Machine<'_> {
    /// Stops until an operator acts. With `again`, the saga is called again at that interval.
    pub(super) fn needs_attention(&self, draft: &mut Draft, why: Failure, again: Option<Duration>) {
        let next_moves = self.next_moves(&draft.saga);
        draft.stop(why, next_moves, again);
    }

    /// A saga that cannot be read needs a person; every other saga continues.
    pub fn park(
        &self,
        saga: &Saga,
        order: &Order,
        unreadable: &Unreadable,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let mut draft = Draft::new(saga, order, moment);
        let why = Failure::new(Reason::Unreadable, unreadable.to_string());
        self.needs_attention(&mut draft, why, None);
        draft.commit(moment)
    }

    /// Leaves NEEDS_ATTENTION before the saga is called again (rule 30): a person cannot end it while the call is in flight.
    pub(super) fn leave_attention(
        &self,
        saga: &Saga,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let mut draft = Draft::new(saga, order, moment);
        draft.leave_attention();
        draft.note(Event::AttentionRetried, "");
        draft.commit(moment)
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

    /// Why an operator may not turn the saga back; `None` if it is allowed (rule 2).
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
