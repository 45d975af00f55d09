//! One replica: performs the effects of a saga's `Turn` as the driver does, and may crash or pause between any two of these.

use std::time::Duration;

use crate::domain::{CommitId, Outcome, RefundId, ReplicaId, Secret, Timestamp};
use crate::engine::simulation::flaw::{self, Flaw};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::world::World;
use crate::engine::simulation::{Dice, Rules};
use crate::saga::{Done, Effect, Event, Moment, Source, Turn};

/// How many of a hundred turns end in a crash.
const CRASH_PERCENT: u64 = 6;
/// How many of a hundred commits lose their answer.
const LOST_COMMIT_PERCENT: u64 = 5;
/// Longest pause.
const PAUSE_MAX: u64 = 400;

/// Ids and random numbers that depend on the seed alone.
pub(super) struct DiceSource<'a>(pub(super) &'a mut Dice);

impl Source for DiceSource<'_> {
    fn commit_id(&mut self) -> CommitId {
        self.uuid().into()
    }

    fn refund_id(&mut self) -> RefundId {
        self.uuid().into()
    }

    fn uuid(&mut self) -> uuid::Uuid {
        uuid::Uuid::from_u64_pair(self.0.next(), self.0.next())
    }

    fn roll(&mut self) -> u64 {
        self.0.next()
    }
}

pub(super) struct Replica<'a> {
    owner: ReplicaId,
    /// What a replica remembers. A crash forgets it.
    driven: Option<Driven<'a>>,
    paused_until: Timestamp,
}

/// A saga in the hands of the replica.
struct Driven<'a> {
    turn: Turn<'a>,
    /// Yielded by the turn, not performed yet.
    effect: Option<Effect>,
    /// The last commit was stale.
    was_stale: bool,
}

impl<'a> Driven<'a> {
    fn of(rules: &'a Rules, found: (crate::domain::Saga, crate::domain::Order)) -> Self {
        Self {
            turn: Turn::new(rules.machine(&found.0.kind), found.0, found.1),
            effect: None,
            was_stale: false,
        }
    }

    /// A call that is made, or was made, for a saga that has ended. The simulation does not crash here: only the provider's
    /// webhook would tell of it.
    fn is_late(&self, journal: &SimulatedJournal) -> bool {
        let calls = matches!(self.effect, Some(Effect::Call { .. })) || self.turn.holds_answer();
        calls && journal.has_ended(self.turn.saga().saga_id)
    }
}

impl<'a> Replica<'a> {
    /// The one that placed the booking.
    pub(super) fn owning(rules: &'a Rules, journal: &SimulatedJournal, name: &str) -> Self {
        let found = journal.load(journal.booking().saga_id);
        Self {
            driven: Some(Driven::of(rules, found)),
            ..Self::idle(name)
        }
    }

    pub(super) fn idle(name: &str) -> Self {
        Self {
            owner: name.parse().expect("visible ASCII"),
            driven: None,
            paused_until: Timestamp::from_micros(0),
        }
    }

    /// Whether it drives no saga.
    pub(super) fn is_idle(&self) -> bool {
        self.driven.is_none()
    }

    /// One effect, or a crash before it. Returns what was done, for a trace.
    pub(super) fn turn(
        &mut self,
        rules: &'a Rules,
        journal: &mut SimulatedJournal,
        world: &mut World,
        dice: &mut Dice,
    ) -> String {
        if journal.now() < self.paused_until {
            return format!("{} is paused", self.owner);
        }
        let is_late = self.driven.as_ref().is_some_and(|it| it.is_late(journal));
        if dice.percent(CRASH_PERCENT) && !is_late {
            self.driven = None;
            return format!("{} crashes", self.owner);
        }
        let done = match self.driven.take() {
            None => self.claim(rules, journal, dice),
            Some(mut driven) => match driven.effect.take() {
                None => self.decide(driven, rules, journal, dice),
                Some(effect) => self.perform(driven, effect, rules, (journal, world), dice),
            },
        };
        format!("{}: {done}", self.owner)
    }

    fn claim(
        &mut self,
        rules: &'a Rules,
        journal: &mut SimulatedJournal,
        dice: &mut Dice,
    ) -> String {
        match journal.claim(&self.owner, dice) {
            Some(found) => {
                let done = format!("claims {}", found.0.kind);
                self.driven = Some(Driven::of(rules, found));
                done
            }
            None => "finds nothing due".into(),
        }
    }

    fn decide(
        &mut self,
        mut driven: Driven<'a>,
        rules: &Rules,
        journal: &SimulatedJournal,
        dice: &mut Dice,
    ) -> String {
        let token = Secret::new("tok".into());
        let sealed = driven.turn.saga().sealed_token.is_some();
        let effect = driven.turn.next(&mut Moment {
            now: journal.now(),
            owner: &self.owner,
            token: sealed.then_some(&token),
            source: &mut DiceSource(dice),
        });
        let done = match &effect {
            Effect::Call {
                call,
                idempotency_key,
                ..
            } => format!("is about to call {idempotency_key} {call:?}"),
            Effect::Commit { commit, .. } => {
                format!("will write {:?} {:?}", commit.saga.state, commit.history)
            }
            Effect::Load(_) => "will read again".into(),
            Effect::SleepUntil(_) => "will sleep".into(),
            Effect::Done(done) => format!("is done: {done:?}"),
        };
        if matches!(effect, Effect::Call { .. }) && dice.percent(rules.pause_percent) {
            let pause = Duration::from_secs(dice.below(PAUSE_MAX));
            self.paused_until = journal.now().plus(pause);
        }
        driven.effect = Some(effect);
        self.driven = Some(driven);
        done
    }

    fn perform(
        &mut self,
        mut driven: Driven<'a>,
        effect: Effect,
        rules: &Rules,
        (journal, world): (&mut SimulatedJournal, &mut World),
        dice: &mut Dice,
    ) -> String {
        let saga_id = driven.turn.saga().saga_id;
        let (event, done) = match effect {
            Effect::Done(Done::Rest | Done::Fenced | Done::Ended) => return "lets go".into(),
            Effect::Load(_) => {
                let found = journal.load(saga_id);
                let drops = rules.flaw == Flaw::DropsLateAnswer;
                if drops && found.0.state.has_ended() {
                    return "drops an answer".into();
                }
                let found = Event::Loaded(Some(Box::new(found)));
                (found, "reads again".into())
            }
            Effect::SleepUntil(_) => {
                journal.renew(&self.owner, driven.turn.saga());
                (Event::Woke, "sleeps".into())
            }
            Effect::Call {
                place,
                call,
                idempotency_key,
            } => {
                journal.looks(saga_id);
                let now = journal.now();
                let answer = if flaw::skips(rules.flaw, driven.turn.saga(), place.purpose) {
                    world.as_if_nothing_happened(&call, &idempotency_key, now)
                } else if journal.has_ended(saga_id) {
                    world.call_in_time(&call, &idempotency_key, now, dice)
                } else {
                    world.call(&call, &idempotency_key, now, dice)
                };
                let done = format!("is answered {answer:?}");
                (Event::Answered(answer), done)
            }
            Effect::Commit { mut commit, place } => {
                let forgets = rules.flaw == Flaw::ForgetsToLookAgain && driven.was_stale;
                if forgets {
                    flaw::forget_to_look(&mut commit);
                }
                let outcome = journal.commit(&commit);
                if outcome == Outcome::Applied && place.is_some() {
                    journal.waits(saga_id);
                }
                if dice.percent(LOST_COMMIT_PERCENT) {
                    (Event::InDoubt, "loses a commit's answer".into())
                } else if outcome == Outcome::Applied && forgets && commit.saga.owner.is_none() {
                    return "wrote".into();
                } else {
                    driven.was_stale = outcome == Outcome::Stale;
                    let done = format!("wrote: {outcome:?}");
                    (Event::Committed(outcome), done)
                }
            }
        };
        driven.turn.resume(event);
        self.driven = Some(driven);
        done
    }
}
