//! An operator who may unwind or hurry the booking at any moment, as the acts do: by stepping in, without any lease.

use crate::domain::{OrderState, Outcome, ReplicaId, Saga};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::{Dice, Rules};
use crate::saga::{Intervention, Machine, Moment, Operator as By};

/// How many of a hundred turns an operator acts at.
const ACT_PERCENT: u64 = 2;

pub(super) struct Operator {
    /// Whether this one meddles at all.
    meddles: bool,
    /// Whether the booking was told to unwind.
    unwound: bool,
}

impl Operator {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            meddles: dice.percent(30),
            unwound: false,
        }
    }

    /// Looks on, or acts. Answers what was done, for a trace.
    pub(super) fn turn(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        dice: &mut Dice,
    ) -> Option<&'static str> {
        if !self.meddles || !dice.percent(ACT_PERCENT) {
            return None;
        }
        let (intervention, told) = if dice.percent(50) {
            (Intervention::Compensate, "the operator unwinds")
        } else {
            (Intervention::Retry, "the operator retries")
        };
        let saga = journal.booking().clone();
        step_in(&saga, &intervention, rules, journal, dice).ok()?;
        self.unwound |= matches!(intervention, Intervention::Compensate);
        Some(told)
    }

    /// What was promised to the operator, and not kept.
    pub(super) fn complaint(&self, journal: &SimulatedJournal) -> Option<String> {
        let state = journal.order().state;
        let undone = matches!(state, OrderState::Failed | OrderState::Cancelled);
        (self.unwound && !undone).then(|| format!("a {state:?} order, though it was to unwind"))
    }
}

/// An operator's act, written. Error: why it is refused.
pub(super) fn step_in(
    saga: &Saga,
    intervention: &Intervention,
    rules: &Rules,
    journal: &mut SimulatedJournal,
    dice: &mut Dice,
) -> Result<(), String> {
    let nobody: ReplicaId = "operator".parse().expect("visible ASCII");
    let by = By {
        actor: "olga".into(),
        note: "simulated".into(),
        key: None,
    };
    let mut moment = Moment {
        now: journal.now(),
        owner: &nobody,
        token: None,
        source: &mut DiceSource(dice),
    };
    let machine = Machine::new(rules.plan(&saga.kind), &rules.policy);
    let commit = machine.intervene(saga, journal.order(), intervention, by, &mut moment)?;
    assert_eq!(journal.commit(&commit), Outcome::Applied);
    Ok(())
}
