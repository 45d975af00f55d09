//! A user who may cancel while the booking is under way, as `CancelOrder` does: by stepping in, without any lease.

use crate::order::{OrderState, ReplicaId, Way};
use crate::saga::book_tickets;
use crate::saga::machine::{Cancel, Machine, Moment};
use crate::saga::policy::Policy;
use crate::store::journal::Outcome;

use super::Dice;
use super::journal::SimulatedJournal;
use super::replica::DiceSource;

/// How many of a hundred bookings are cancelled, if there is still something to cancel.
const CANCEL_PERCENT: u64 = 35;
/// The cancel comes within so many turns.
const TURNS: u64 = 60;

pub(super) struct User {
    /// Turns until the cancel; none where none is meant, or it is made.
    patience: Option<u64>,
    /// What the order owes its user for the cancel.
    promised: Option<Promise>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// It was still going forward: it ends CANCELLED.
    Cancelled,
    /// It unwound already: it keeps the end that it had.
    Unwound,
}

impl User {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            patience: dice.percent(CANCEL_PERCENT).then(|| dice.below(TURNS)),
            promised: None,
        }
    }

    /// Waits, or cancels. Answers what was done, for a trace.
    pub(super) fn turn(
        &mut self,
        policy: &Policy,
        journal: &mut SimulatedJournal,
        dice: &mut Dice,
    ) -> Option<&'static str> {
        let left = self.patience?;
        if left > 0 {
            self.patience = Some(left - 1);
            return None;
        }
        self.patience = None;
        match journal.order().state {
            OrderState::Pending | OrderState::AwaitingPayment => {}
            OrderState::Confirmed
            | OrderState::Failed
            | OrderState::Expired
            | OrderState::Cancelling
            | OrderState::Cancelled => return None,
        }
        let plan = book_tickets::plan();
        let nobody: ReplicaId = "caller".parse().expect("visible ASCII");
        let cancel = Cancel {
            reason: "simulated".into(),
            actor: "ann".into(),
            key: None,
        };
        let commit = Machine::new(&plan, policy).cancel(
            journal.saga(),
            journal.order(),
            cancel,
            &mut Moment {
                now: journal.now(),
                owner: &nobody,
                token: None,
                source: &mut DiceSource(dice),
            },
        );
        self.promised = Some(match journal.saga().way {
            Way::Forward => Promise::Cancelled,
            Way::Backward => Promise::Unwound,
        });
        let before = journal.saga().owner.clone();
        assert_eq!(journal.commit(&commit), Outcome::Applied);
        assert_eq!(journal.saga().owner, before, "a caller touched the lease");
        Some("the user cancels")
    }

    /// What was promised to the user, and not kept.
    pub(super) fn complaint(&self, journal: &SimulatedJournal) -> Option<String> {
        let state = journal.order().state;
        let kept = match self.promised {
            None => state != OrderState::Cancelled,
            Some(Promise::Cancelled) => state == OrderState::Cancelled,
            Some(Promise::Unwound) => matches!(state, OrderState::Failed | OrderState::Expired),
        };
        (!kept).then(|| format!("a {state:?} order, though {:?} was promised", self.promised))
    }
}
