//! The Payment service's webhooks: hints that arrive at any moment, early, late, and more than once.

use crate::domain::{CommitId, Event, Outcome};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::person::step_in;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::{Dice, Rules};
use crate::saga::{Hint, Source as _, StepIn};

/// How many of a hundred turns a webhook arrives at, where there are any.
const ARRIVES_PERCENT: u64 = 3;

pub(super) struct Webhooks {
    are_sent: bool,
    last: Option<CommitId>,
}

impl Webhooks {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            are_sent: dice.percent(50),
            last: None,
        }
    }

    /// Nothing, or one webhook. Returns what was done, for a trace.
    pub(super) fn turn(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        dice: &mut Dice,
    ) -> Option<String> {
        if !self.are_sent || !dice.percent(ARRIVES_PERCENT) {
            return None;
        }
        let saga = journal.any_saga(dice);
        let commit_id = match self.last {
            Some(last) if dice.percent(20) => last,
            Some(_) | None => DiceSource(dice).commit_id(),
        };
        self.last = Some(commit_id);
        let hint = Hint {
            commit_id,
            event: Event::WebhookReceived,
            detail: String::new(),
            actor: "payment".into(),
        };
        let outcome = step_in(&saga, StepIn::Hint(hint), rules, journal, dice);
        assert_eq!(outcome, Ok(Outcome::Applied), "a hint is never refused");
        Some(format!("a webhook for {}", saga.kind))
    }
}
