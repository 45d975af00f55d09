//! Users who cancel and refund at any moment, several at once and some of them twice; a person who retries what is stuck;
//! and a provider that takes money for an order that has ended.

use crate::domain::{OrderState, Outcome, Refund, RefundState, SagaPayload, Way};
use crate::engine::simulation::beginning::{begin, row};
use crate::engine::simulation::edge::Edge;
use crate::engine::simulation::flaw::Flaw;
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::person;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::world::{SEATS, TARIFF, TOTAL, World};
use crate::engine::simulation::{Dice, Rules};
use crate::plans::{cancel_order, refund_order, return_payment, review_refund};
use crate::saga::{Cancel, Source as _, StepIn};

/// Requests arrive within this many turns.
const TURNS: u64 = 160;
/// An error is not kept: its key is free again.
const REFUSED: &str = "is refused";
/// What is asked for, once or twice under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Request {
    Cancel,
    Refund {
        cents: Option<i64>,
        seats: Vec<&'static str>,
    },
    /// The provider moves money by mistake, and a webhook reports it.
    LateMoney {
        taken: bool,
    },
    /// A refund that had succeeded fails at the provider, and a webhook reports it.
    Bounce,
}

pub(super) struct Users {
    /// Each with the turn at which it is said, and its key.
    requests: Vec<(u64, Request, String)>,
    /// What the order owes its user for the cancel of a booking under way.
    promised: Option<Promise>,
    /// Whether a cancel of the confirmed order was accepted.
    taken_back: bool,
    edge: Edge,
    /// How many refunds were accepted.
    refunds: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// It was still going forward: it ends CANCELLED.
    Cancelled,
    /// It unwound already: it keeps the end that it had.
    Unwound,
}

impl Users {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut requests = Vec::new();
        if dice.percent(25) {
            requests.push((dice.below(60), Request::Cancel, "cancel-early".to_owned()));
        }
        if dice.percent(40) {
            let at = TURNS / 2 + dice.below(2 * TURNS);
            requests.push((at, Request::Cancel, "cancel".to_owned()));
        }
        let refunds = if dice.percent(60) { dice.below(5) } else { 0 };
        for index in 0..refunds {
            let request = refund(dice);
            let at = TURNS / 2 + dice.below(2 * TURNS);
            requests.push((at, request, format!("refund-{index}")));
        }
        for index in 0..requests.len() {
            if dice.percent(20) {
                let (at, request, key) = requests[index].clone();
                requests.push((at + dice.below(80), request, key));
            }
        }
        if dice.percent(10) {
            let taken = dice.percent(50);
            let request = Request::LateMoney { taken };
            requests.push((TURNS + dice.below(TURNS), request, "late".to_owned()));
        }
        if dice.percent(30) {
            let at = TURNS + dice.below(2 * TURNS);
            requests.push((at, Request::Bounce, "bounce".to_owned()));
        }
        Self {
            requests,
            promised: None,
            edge: Edge::default(),
            taken_back: false,
            refunds: 0,
        }
    }

    /// Whether no request is left.
    pub(super) fn are_done(&self, journal: &SimulatedJournal) -> bool {
        self.requests.is_empty() && journal.stuck().is_none()
    }

    /// Says what is due at this turn. Answers what was said, for a trace.
    pub(super) fn turn(
        &mut self,
        turn: u64,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        world: &mut World,
        dice: &mut Dice,
    ) -> Option<String> {
        let due = self.requests.iter().position(|(at, _, _)| *at <= turn)?;
        let (_, request, key) = self.requests.swap_remove(due);
        // A slow request has left nothing there yet: then the lock alone stands against its repeat.
        let is_slow = rules.flaw == Flaw::UnlockOnTimeout;
        if !is_slow && self.edge.knows(&key, dice) {
            return Some(format!("{key} {request:?}: is answered again"));
        }
        let outcome = match &request {
            Request::Cancel => self.cancel(rules, journal, &key, dice),
            Request::Refund { cents, seats } => {
                self.refund(rules, journal, &key, (*cents, seats), dice)
            }
            Request::LateMoney { taken } => late_money(*taken, rules, journal, world, dice),
            Request::Bounce => bounce(rules, journal, world, dice),
        };
        if outcome != REFUSED {
            self.edge.complete(&key);
        }
        Some(format!("{key} {request:?}: {outcome}"))
    }

    fn cancel(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        key: &str,
        dice: &mut Dice,
    ) -> &'static str {
        match journal.order().state {
            OrderState::Pending | OrderState::AwaitingPayment => {
                self.step_in(rules, journal, key, dice)
            }
            OrderState::Confirmed => {
                let mut order = journal.order().clone();
                order.state = OrderState::Cancelling;
                let payload = cancel_order::Payload {
                    reason: "simulated".into(),
                };
                let payload = SagaPayload::encode(&payload).expect("it serializes");
                let saga_id = DiceSource(dice).uuid().into();
                let next = (cancel_order::KIND, saga_id, order, payload);
                match begin(rules, journal, next, key, dice) {
                    Outcome::Applied => {
                        self.taken_back = true;
                        "is accepted"
                    }
                    Outcome::KeyTaken(_) => "is a repeat",
                    Outcome::Stale | Outcome::Fenced => panic!("nobody was faster"),
                }
            }
            OrderState::Failed
            | OrderState::Expired
            | OrderState::Cancelling
            | OrderState::Cancelled => REFUSED,
        }
    }

    fn step_in(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        key: &str,
        dice: &mut Dice,
    ) -> &'static str {
        let saga = journal.booking().clone();
        let cancel = Cancel {
            reason: "simulated".into(),
            actor: "ann".into(),
            key: Some(row(key, journal.order(), saga.saga_id, journal.now())),
        };
        match person::step_in(&saga, StepIn::Cancel(cancel), rules, journal, dice) {
            Ok(Outcome::Applied) => {}
            Ok(Outcome::KeyTaken(_)) => return "is a repeat",
            Ok(Outcome::Stale | Outcome::Fenced) | Err(_) => panic!("no other caller was faster"),
        }
        self.promised = Some(match saga.way {
            Way::Forward => Promise::Cancelled,
            Way::Backward => Promise::Unwound,
        });
        "steps in"
    }

    fn refund(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        key: &str,
        (cents, seats): (Option<i64>, &[&str]),
        dice: &mut Dice,
    ) -> &'static str {
        let mut order = journal.order().clone();
        if order.state != OrderState::Confirmed {
            return REFUSED;
        }
        let seat_ids: Vec<_> = seats
            .iter()
            .map(|seat| seat.parse().expect("visible ASCII"))
            .collect();
        let mut source = DiceSource(dice);
        let saga_id = source.uuid().into();
        let asked = refund_order::Asked {
            refund_id: source.refund_id(),
            saga_id,
            amount: cents.map(|cents| {
                crate::domain::Money::new(cents, "USD".parse().expect("a known code"))
            }),
            seat_ids: &seat_ids,
            reason: "simulated",
            tariff: TARIFF,
            now: journal.now(),
        };
        let Ok(payload) = refund_order::accept(&mut order, &asked) else {
            return REFUSED;
        };
        let payload = SagaPayload::encode(&payload).expect("it serializes");
        let next = (refund_order::KIND, saga_id, order, payload);
        match begin(rules, journal, next, key, dice) {
            Outcome::Applied => {
                self.refunds += 1;
                "is accepted"
            }
            Outcome::KeyTaken(_) => "is a repeat",
            Outcome::Stale | Outcome::Fenced => panic!("nobody was faster"),
        }
    }

    /// What was promised to the users, and not kept.
    pub(super) fn complaint(
        &self,
        journal: &SimulatedJournal,
        world: &World,
        resolved: usize,
    ) -> Option<String> {
        let order = journal.order();
        let state = order.state;
        let kept = match self.promised {
            None => true,
            Some(Promise::Cancelled) => {
                // The capture had happened, and Inventory refuses to cancel the booking.
                let refused = world.inventory.keeps_bookings && journal.was_sold;
                state == OrderState::Cancelled || (refused && state == OrderState::Confirmed)
            }
            // Unless the capture had happened after all.
            Some(Promise::Unwound) if journal.was_sold => {
                matches!(state, OrderState::Cancelled | OrderState::Confirmed)
            }
            Some(Promise::Unwound) => {
                matches!(state, OrderState::Failed | OrderState::Expired)
            }
        };
        // A person decides otherwise.
        if !kept && resolved == 0 {
            return Some(format!(
                "a {state:?} order, though {:?} was promised",
                self.promised
            ));
        }
        if self.taken_back
            && resolved == 0
            && !world.inventory.keeps_bookings
            && state != OrderState::Cancelled
        {
            return Some(format!("a {state:?} order whose cancel was accepted"));
        }
        let sagas = journal.sagas();
        let refunding = sagas.filter(|saga| saga.kind == refund_order::KIND).count();
        (refunding != self.refunds).then(|| format!("{refunding} refunds of {}", self.refunds))
    }
}

fn refund(dice: &mut Dice) -> Request {
    let seats = match dice.below(5) {
        0 => vec![SEATS[0]],
        1 => vec![SEATS[1]],
        2 => SEATS.to_vec(),
        _ => Vec::new(),
    };
    let cents = match dice.below(3) {
        0 if seats.is_empty() => None,
        1 if !seats.is_empty() => None,
        _ => {
            Some(i64::try_from(1 + dice.below(TOTAL.unsigned_abs() * 3 / 4)).expect("it is small"))
        }
    };
    Request::Refund { cents, seats }
}

/// The provider gives back the first refund that succeeded, and sends a webhook.
fn bounce(
    rules: &Rules,
    journal: &mut SimulatedJournal,
    world: &mut World,
    dice: &mut Dice,
) -> &'static str {
    let order = journal.order().clone();
    let mut refunds = order.refunds.iter();
    let succeeded = |refund: &&Refund| refund.state == RefundState::Succeeded;
    let found = refunds.find(|refund| succeeded(refund) && world.provider.bounce(refund.refund_id));
    let Some(refund) = found else {
        return "does not happen";
    };
    let payload = review_refund::Payload::of(&order, refund);
    let payload = SagaPayload::encode(&payload).expect("it serializes");
    let saga_id = DiceSource(dice).uuid().into();
    let next = (review_refund::KIND, saga_id, order, payload);
    let outcome = begin(rules, journal, next, "bounced", dice);
    assert_eq!(outcome, Outcome::Applied);
    "happens"
}

/// The provider moves money for an order that ended without a booking, and sends a webhook.
fn late_money(
    taken: bool,
    rules: &Rules,
    journal: &mut SimulatedJournal,
    world: &mut World,
    dice: &mut Dice,
) -> &'static str {
    let order = journal.order().clone();
    let has_ended = matches!(
        order.state,
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled
    );
    if !has_ended || world.provider.captured > 0 {
        return "does not happen";
    }
    world.provider.goes_wrong(taken);
    for index in 0..2 {
        let saga_id = DiceSource(dice).uuid().into();
        let next = (
            return_payment::KIND,
            saga_id,
            order.clone(),
            SagaPayload::default(),
        );
        let key = format!("late-{index}");
        assert_eq!(begin(rules, journal, next, &key, dice), Outcome::Applied);
    }
    "happens, and is reported twice"
}
