//! A person who operates sagas: unwinds, retries and resolves at any moment, as the rpcs do: by stepping in without a lease.

use crate::domain::{Answer, OrderState, Outcome, Refund, RefundState, ReplicaId, Saga};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::world::World;
use crate::engine::simulation::{Dice, Rules};
use crate::plans::{book_tickets, cancel_order, refund_order, return_payment, review_refund};
use crate::saga::{Intervention, Moment, Operator, Settlement, StepIn};

/// How many of a hundred turns a meddling person acts at.
const ACT_PERCENT: u64 = 2;
/// How many of a hundred turns a person takes care of a saga that needs attention.
const CARE_PERCENT: u64 = 10;
/// How many retries a person makes who would not settle an order outside: a refund of money that is back already fails forever.
const RETRIES_MAX: usize = 100;

pub(super) struct Person {
    /// Whether this one acts where nothing needs attention.
    meddles: bool,
    /// Whether this one settles orders outside.
    settles: bool,
    /// Whether CompensateSaga was accepted for the booking.
    unwound: bool,
    /// How many sagas were retried.
    retried: usize,
    /// How many sagas were resolved.
    pub(super) resolved: usize,
}

impl Person {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            meddles: dice.percent(30),
            settles: dice.percent(70),
            unwound: false,
            retried: 0,
            resolved: 0,
        }
    }

    /// Looks on, or acts. Returns what was done, for a trace.
    pub(super) fn turn(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        world: &mut World,
        dice: &mut Dice,
    ) -> Option<String> {
        if dice.percent(CARE_PERCENT)
            && let Some(saga) = journal.stuck().cloned()
        {
            return self.care(&saga, rules, (journal, world), dice);
        }
        if !self.meddles || !dice.percent(ACT_PERCENT) {
            return None;
        }
        let unwinds = dice.percent(50);
        let saga = if unwinds {
            journal.booking().clone()
        } else {
            journal.any_saga(dice)
        };
        let intervention = if unwinds {
            Intervention::Compensate
        } else {
            Intervention::Retry
        };
        let done = format!("a person acts on {}: {intervention:?}", saga.kind);
        intervene(&saga, intervention, rules, journal, dice).ok()?;
        self.unwound |= unwinds;
        Some(done)
    }

    fn care(
        &mut self,
        saga: &Saga,
        rules: &Rules,
        (journal, world): (&mut SimulatedJournal, &mut World),
        dice: &mut Dice,
    ) -> Option<String> {
        let only_resolves = saga
            .failure
            .as_ref()
            .is_some_and(|failure| failure.next_moves == ["ResolveSaga"]);
        let settles = self.settles || self.retried > RETRIES_MAX;
        if (!settles && !only_resolves) || dice.percent(30) {
            self.retried += 1;
            let retried = intervene(saga, Intervention::Retry, rules, journal, dice);
            let may_retry = saga
                .failure
                .as_ref()
                .is_some_and(|failure| failure.next_moves.iter().any(|name| name == "RetrySaga"));
            assert_eq!(retried.is_ok(), may_retry, "{retried:?}");
            return Some(format!("a person retries {}: {retried:?}", saga.kind));
        }
        let others = journal.sagas();
        let others =
            others.filter(|other| other.due_time.is_some() || other.saga_id == saga.saga_id);
        if others.count() > 1 || !journal.is_resting(saga.saga_id) {
            return None;
        }
        // ResolveSaga is refused while another saga has a pending refund, so that nothing is settled before it.
        let order = journal.order();
        let pending = |refund: &&Refund| refund.state == RefundState::Pending;
        let mut pending = order.refunds.iter().filter(pending);
        if pending.any(|refund| refund.saga_id != Some(saga.saga_id)) {
            return None;
        }
        // The participants have confirmed that no earlier call is under way any more.
        world.all_late_calls(journal);
        let state = settle(saga, journal, world, dice);
        let (Answer::Payment(payment), Answer::Hold(hold)) =
            (world.provider.view(), world.inventory.view())
        else {
            panic!("a payment and a hold are answered");
        };
        let settlement = Settlement {
            order_state: state,
            payment,
            hold,
        };
        let intervention = Intervention::Resolve(Box::new(settlement));
        match intervene(saga, intervention, rules, journal, dice) {
            Ok(Outcome::Applied) => {
                self.resolved += 1;
                Some(format!("a person resolves {}: {state:?}", saga.kind))
            }
            Ok(outcome) => Some(format!("a person gets {outcome:?}")),
            Err(why) => Some(format!("a person cannot resolve {}: {why}", saga.kind)),
        }
    }

    /// What was promised to the person and not kept.
    pub(super) fn complaint(&self, journal: &SimulatedJournal) -> Option<String> {
        let state = journal.order().state;
        let undone = matches!(state, OrderState::Failed | OrderState::Cancelled);
        let broken = self.unwound && self.resolved == 0 && !undone;
        broken.then(|| format!("a {state:?} order, though it was to unwind"))
    }
}

/// Settles at the participants what the saga was for, or undoes what it did. Returns the state in which the order then ends.
fn settle(
    saga: &Saga,
    journal: &SimulatedJournal,
    world: &mut World,
    dice: &mut Dice,
) -> OrderState {
    let order = journal.order();
    let live: Vec<&str> = order.live_seats().collect();
    let does = dice.percent(50);
    match (saga.kind.as_str(), order.state) {
        (refund_order::KIND, _) if does => {
            let payload: &refund_order::Payload = saga.payload.decode().expect("it reads");
            let seats: Vec<&str> = payload.seat_ids.iter().map(|seat| seat.as_str()).collect();
            let mut refunds = order.refunds.iter().rev();
            let mine = refunds.find(|refund| refund.saga_id == Some(saga.saga_id));
            if let Some(mine) = mine {
                world
                    .provider
                    .return_refund(mine.refund_id, mine.amount.minor);
            }
            let left: Vec<&str> = live
                .into_iter()
                .filter(|seat| !seats.contains(seat))
                .collect();
            world.inventory.book(&left);
            if left.is_empty() {
                OrderState::Cancelled
            } else {
                OrderState::Confirmed
            }
        }
        (review_refund::KIND, OrderState::Confirmed | OrderState::Cancelling) => {
            let mut refunds = order.refunds.iter();
            let is_own = |refund: &&Refund| refund.saga_id == Some(saga.saga_id);
            if let Some(own) = refunds.find(is_own).filter(|_| does) {
                let (refund_id, minor) = (own.refund_id, own.amount.minor);
                world.provider.return_refund(refund_id, minor);
            }
            world.provider.settle_refunds();
            if order.state == OrderState::Confirmed {
                OrderState::Confirmed
            } else {
                OrderState::Cancelled
            }
        }
        (refund_order::KIND, _) | (return_payment::KIND, OrderState::Confirmed) => {
            world.provider.settle_refunds();
            world.inventory.book(&live);
            OrderState::Confirmed
        }
        (cancel_order::KIND, _) if !does => {
            world.provider.settle_refunds();
            OrderState::Confirmed
        }
        (book_tickets::KIND, _) if !does => OrderState::Confirmed,
        _ => {
            world.inventory.free();
            world.provider.return_everything();
            match (saga.kind.as_str(), order.state) {
                (return_payment::KIND | review_refund::KIND, OrderState::Cancelled)
                | (cancel_order::KIND, _) => OrderState::Cancelled,
                _ => OrderState::Failed,
            }
        }
    }
}

/// An operator's act, written. Error: why it is refused.
fn intervene(
    saga: &Saga,
    intervention: Intervention,
    rules: &Rules,
    journal: &mut SimulatedJournal,
    dice: &mut Dice,
) -> Result<Outcome, String> {
    let by = Operator {
        actor: "olga".into(),
        note: "simulated".into(),
        key: None,
    };
    let may_be_leased = matches!(intervention, Intervention::Resolve(_));
    let outcome = step_in(
        saga,
        StepIn::Intervene(intervention, by),
        rules,
        journal,
        dice,
    )?;
    assert!(may_be_leased || outcome == Outcome::Applied, "{outcome:?}");
    Ok(outcome)
}

/// An act of a caller that owns no saga, written. Error: why it is refused.
pub(super) fn step_in(
    saga: &Saga,
    act: StepIn,
    rules: &Rules,
    journal: &mut SimulatedJournal,
    dice: &mut Dice,
) -> Result<Outcome, String> {
    let caller: ReplicaId = "caller".parse().expect("visible ASCII");
    let mut moment = Moment {
        now: journal.now(),
        owner: &caller,
        token: None,
        source: &mut DiceSource(dice),
    };
    let machine = rules.machine(&saga.kind);
    let commit = machine.step_in(saga, journal.order(), act, &mut moment)?;
    let before = journal.load(saga.saga_id).0.owner;
    let outcome = journal.commit(&commit);
    let after = journal.load(saga.saga_id).0.owner;
    assert_eq!(after, before, "a caller changed the lease");
    Ok(outcome)
}
