//! The journal of one order and its sagas: guards as the store has them, and a clock that jumps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::{
    Account, Commit, CommitId, Direction, Guard, Message, Order, Outcome, ReplicaId, Saga, SagaId,
    SagaState, Timestamp,
};
use crate::engine::simulation::beginning::booking;
use crate::engine::simulation::flaw::Flaw;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::world::World;
use crate::engine::simulation::{Dice, EPOCH_MICROS, Rules};
use crate::plans::book_tickets::KIND;
use crate::saga::Moment;

/// One saga, and what guards it.
struct Run {
    saga: Saga,
    /// Found again however late they are sent again: all but those that left no line of history.
    applied: Vec<CommitId>,
    last: CommitId,
    lease_until: Timestamp,
    /// A caller stepped in, and no call was made since.
    owes_look: bool,
}

pub(super) struct SimulatedJournal {
    order: Order,
    runs: Vec<Run>,
    /// Each key, and when it was last taken.
    keys: BTreeMap<String, Timestamp>,
    flaw: Flaw,
    /// What the flaw let happen that the store never does.
    pub(super) breach: Option<String>,
    now: Timestamp,
    lease: Duration,
    /// The sagas that a person ended.
    pub(super) resolved: BTreeSet<SagaId>,
    /// Whether the order ever was booked and paid.
    pub(super) was_sold: bool,
    /// Units of usage, added up.
    pub(super) units: i64,
    /// The notifications' names.
    pub(super) notifications: Vec<String>,
    /// Debits less credits.
    pub(super) balances: BTreeMap<Account, i64>,
}

impl SimulatedJournal {
    pub(super) fn begin(rules: &Rules, world: &World) -> Self {
        let now = Timestamp::from_micros(EPOCH_MICROS);
        let start = booking(world, now);
        let order = start.order.clone();
        let owner: ReplicaId = "replica-a".parse().expect("it is visible ASCII");
        let commit = rules.machine(KIND).begin(
            start,
            &mut Moment {
                now,
                owner: &owner,
                token: None,
                source: &mut DiceSource(&mut Dice(7)),
            },
        );
        let mut journal = Self {
            order,
            runs: Vec::new(),
            keys: BTreeMap::new(),
            flaw: rules.flaw,
            breach: None,
            now,
            lease: rules.policy.lease,
            resolved: BTreeSet::new(),
            was_sold: false,
            units: 0,
            notifications: Vec::new(),
            balances: BTreeMap::new(),
        };
        journal.apply(&commit);
        journal
    }

    /// As the store judges: applied before, the key, the saga's guards, the order's version.
    pub(super) fn commit(&mut self, commit: &Commit) -> Outcome {
        let run = self.run(commit.saga.saga_id);
        if run.is_some_and(|run| {
            run.last == commit.commit_id || run.applied.contains(&commit.commit_id)
        }) {
            return Outcome::Applied;
        }
        if let Some(key) = &commit.key
            && self.is_taken(&key.scope.key)
        {
            return Outcome::KeyTaken(Box::new(key.clone()));
        }
        let run = self.run(commit.saga.saga_id);
        match (commit.guard, run) {
            (Guard::Begin, None) => {}
            (Guard::Owned { .. } | Guard::StepIn { .. } | Guard::AtRest { .. }, Some(_))
                if self.flaw == Flaw::Unfenced => {}
            (Guard::Begin, Some(_))
            | (Guard::Owned { .. } | Guard::StepIn { .. } | Guard::AtRest { .. }, None) => {
                return Outcome::Fenced;
            }
            (Guard::AtRest { .. }, Some(run)) if !self.rests(run) => return Outcome::Stale,
            (Guard::Owned { epoch, .. }, Some(run)) if epoch != run.saga.epoch => {
                return Outcome::Fenced;
            }
            (
                Guard::Owned { version, .. }
                | Guard::StepIn { version }
                | Guard::AtRest { version },
                Some(run),
            ) => {
                if version != run.saga.version {
                    return Outcome::Stale;
                }
            }
        }
        let seen = commit.order.as_ref().map(|write| write.seen);
        let is_fenced = self.flaw != Flaw::Unfenced;
        if is_fenced && seen.is_some_and(|seen| seen != Some(self.order.version)) {
            return Outcome::Stale;
        }
        self.apply(commit);
        Outcome::Applied
    }

    /// With the flaw the key is but a lock, which a request loses when it takes too long.
    fn is_taken(&self, key: &str) -> bool {
        let taken = self.keys.get(key);
        taken.is_some_and(|since| {
            self.flaw != Flaw::UnlockOnTimeout || self.now < since.plus(self.lease)
        })
    }

    fn apply(&mut self, commit: &Commit) {
        if matches!(commit.guard, Guard::AtRest { .. }) {
            self.resolved.insert(commit.saga.saga_id);
        }
        self.apply_saga(commit);
        if let Some(successor) = &commit.successor {
            let saga_id = successor.saga.saga_id;
            assert!(self.run(saga_id).is_none(), "{saga_id} begins twice");
            self.runs.push(Run {
                saga: successor.saga.clone(),
                applied: vec![commit.commit_id],
                last: commit.commit_id,
                lease_until: Timestamp::from_micros(0),
                owes_look: false,
            });
        }
        if let Some(write) = &commit.order {
            let (from, to) = (self.order.state, write.order.state);
            if !from.may_become(to) && !from.may_be_settled(to) {
                self.breach = Some(format!("{from:?} to {to:?}"));
            }
            self.order = write.order.clone();
        }
        if let Some(key) = &commit.key {
            let taken = self.keys.insert(key.scope.key.clone(), self.now);
            if taken.is_some() {
                self.breach = Some(format!("{} had two effects", key.scope.key));
            }
        }
        for delivery in &commit.outbox {
            match &delivery.message {
                Message::Usage { units, .. } => {
                    self.units += units;
                    self.was_sold |= *units > 0;
                }
                Message::Notification {
                    notification_id, ..
                } => self.notifications.push(notification_id.clone()),
            }
        }
        for entry in &commit.ledger {
            let balance = self.balances.entry(entry.account).or_default();
            match entry.direction {
                Direction::Debit => *balance += entry.amount.minor,
                Direction::Credit => *balance -= entry.amount.minor,
            }
        }
    }

    fn apply_saga(&mut self, commit: &Commit) {
        let (now, lease) = (self.now, self.lease);
        let lease_until = |saga: &Saga| match saga.owner {
            Some(_) => now.plus(lease),
            None => Timestamp::from_micros(0),
        };
        let saga_id = commit.saga.saga_id;
        let Some(run) = self.runs.iter_mut().find(|run| run.saga.saga_id == saga_id) else {
            self.runs.push(Run {
                lease_until: lease_until(&commit.saga),
                saga: commit.saga.clone(),
                applied: vec![commit.commit_id],
                last: commit.commit_id,
                owes_look: false,
            });
            return;
        };
        let builds_on_it = commit.saga.version == run.saga.version + 1;
        assert!(builds_on_it || self.flaw == Flaw::Unfenced);
        let (epoch, owner) = (run.saga.epoch, run.saga.owner.clone());
        run.saga = commit.saga.clone();
        run.last = commit.commit_id;
        if !commit.history.is_empty() {
            run.applied.push(commit.commit_id);
        }
        match commit.guard {
            // As the store has it: neither epoch nor lease is touched, and what is due is due now.
            Guard::StepIn { .. } | Guard::AtRest { .. } => {
                (run.saga.epoch, run.saga.owner) = (epoch, owner);
                run.saga.due_time = run.saga.due_time.map(|_| now);
                run.owes_look = run.saga.due_time.is_some();
            }
            Guard::Begin | Guard::Owned { .. } => run.lease_until = lease_until(&run.saga),
        }
    }

    /// Claims one due saga without a live lease; raises its epoch.
    pub(super) fn claim(&mut self, owner: &ReplicaId, dice: &mut Dice) -> Option<(Saga, Order)> {
        let now = self.now;
        let due = |run: &&mut Run| {
            run.saga.due_time.is_some_and(|due| due <= now) && run.lease_until <= now
        };
        let mut due: Vec<&mut Run> = self.runs.iter_mut().filter(due).collect();
        let count = u64::try_from(due.len()).ok().filter(|count| *count > 0)?;
        let picked = usize::try_from(dice.below(count)).expect("there are few");
        let run = &mut due[picked];
        run.saga.epoch += 1;
        run.saga.owner = Some(owner.clone());
        run.lease_until = now.plus(self.lease);
        Some((run.saga.clone(), self.order.clone()))
    }

    pub(super) fn renew(&mut self, owner: &ReplicaId, saga: &Saga) {
        let until = self.now.plus(self.lease);
        for run in &mut self.runs {
            let is_it = run.saga.saga_id == saga.saga_id && run.saga.epoch == saga.epoch;
            if is_it && run.saga.owner.as_ref() == Some(owner) {
                run.lease_until = until;
            }
        }
    }

    pub(super) fn advance(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    /// It needs attention, and no replica holds its lease.
    pub(super) fn is_resting(&self, saga_id: SagaId) -> bool {
        self.run(saga_id).is_some_and(|run| self.rests(run))
    }

    fn rests(&self, run: &Run) -> bool {
        run.saga.state == SagaState::NeedsAttention
            && (run.saga.owner.is_none() || run.lease_until < self.now)
    }

    /// A participant is called for this saga.
    pub(super) fn looks(&mut self, saga_id: SagaId) {
        for run in &mut self.runs {
            if run.saga.saga_id == saga_id {
                run.owes_look = false;
            }
        }
    }

    /// An answer lets the saga wait, which it must not while it owes a look.
    pub(super) fn waits(&mut self, saga_id: SagaId) {
        let now = self.now;
        let waits =
            |run: &Run| run.saga.state == SagaState::Waiting && run.saga.due_time > Some(now);
        if self
            .run(saga_id)
            .is_some_and(|run| run.owes_look && waits(run))
        {
            self.breach = Some("a saga waits, though a caller stepped in".to_owned());
        }
    }

    pub(super) fn has_ended(&self, saga_id: SagaId) -> bool {
        self.run(saga_id)
            .is_some_and(|run| run.saga.state.has_ended())
    }

    /// One of the order's sagas.
    pub(super) fn any_saga(&self, dice: &mut Dice) -> Saga {
        let count = u64::try_from(self.runs.len()).expect("there are few");
        let picked = usize::try_from(dice.below(count)).expect("there are few");
        self.runs[picked].saga.clone()
    }

    /// Nothing happens by itself any more.
    pub(super) fn is_at_rest(&self) -> bool {
        self.runs.iter().all(|run| run.saga.due_time.is_none())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn clock(&self) -> String {
        format!("{:>9} ms", (self.now.micros() - EPOCH_MICROS) / 1_000)
    }

    fn run(&self, saga_id: SagaId) -> Option<&Run> {
        self.runs.iter().find(|run| run.saga.saga_id == saga_id)
    }

    /// The saga and its order as they are now.
    pub(super) fn load(&self, saga_id: SagaId) -> (Saga, Order) {
        let run = self.run(saga_id).expect("sagas are never forgotten");
        (run.saga.clone(), self.order.clone())
    }

    /// The booking's saga.
    pub(super) fn booking(&self) -> &Saga {
        &self.runs[0].saga
    }

    pub(super) fn sagas(&self) -> impl Iterator<Item = &Saga> {
        self.runs.iter().map(|run| &run.saga)
    }

    /// A saga that waits for a person.
    pub(super) fn stuck(&self) -> Option<&Saga> {
        let mut sagas = self.sagas();
        sagas.find(|saga| saga.state == SagaState::NeedsAttention)
    }

    pub(super) fn order(&self) -> &Order {
        &self.order
    }

    pub(super) fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or_default()
    }
}
