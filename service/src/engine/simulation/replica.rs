//! One replica: decides, calls and writes as the driver does, and may crash or sleep between any two of these.

use crate::domain::{
    Answer, Call, CallError, Commit, CommitId, Order, Outcome, RefundId, ReplicaId, Saga, Secret,
};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::world::World;
use crate::engine::simulation::{Dice, Rules, flaw};
use crate::saga::{Decision, Machine, Moment, Purpose, Source};

/// How many of a hundred turns end in a crash.
const CRASH_PERCENT: u64 = 6;
/// How many of a hundred commits lose their answer.
const LOST_COMMIT_PERCENT: u64 = 5;

/// Names and dice that depend on the seed alone.
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

pub(super) struct Replica {
    owner: ReplicaId,
    mind: Mind,
}

/// What a replica remembers between two turns. A crash forgets it.
enum Mind {
    Idle,
    Driving(Box<(Saga, Order)>),
    Calling(Box<(Saga, Order)>, Purpose, Box<Call>, String),
    Answered(Box<(Saga, Order)>, Purpose, Result<Answer, CallError>),
    Writing(
        Box<(Saga, Order)>,
        Box<Commit>,
        Option<(Purpose, Result<Answer, CallError>)>,
    ),
}

impl Replica {
    /// The one that placed the booking.
    pub(super) fn owning(journal: &SimulatedJournal, name: &str) -> Self {
        let driven = journal.load(journal.booking().saga_id);
        Self {
            owner: name.parse().expect("visible ASCII"),
            mind: Mind::Driving(Box::new(driven)),
        }
    }

    pub(super) fn idle(name: &str) -> Self {
        Self {
            owner: name.parse().expect("visible ASCII"),
            mind: Mind::Idle,
        }
    }

    /// One thing, or a crash before it. Answers what it did, for a trace.
    pub(super) fn turn(
        &mut self,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        world: &mut World,
        dice: &mut Dice,
    ) -> String {
        if dice.percent(CRASH_PERCENT) {
            self.mind = Mind::Idle;
            return format!("{} crashes", self.owner);
        }
        let mind = std::mem::replace(&mut self.mind, Mind::Idle);
        let (mind, told) = self.think(mind, rules, journal, world, dice);
        self.mind = mind;
        format!("{}: {told}", self.owner)
    }

    fn think(
        &self,
        mind: Mind,
        rules: &Rules,
        journal: &mut SimulatedJournal,
        world: &mut World,
        dice: &mut Dice,
    ) -> (Mind, String) {
        let machine =
            |driven: &(Saga, Order)| Machine::new(rules.plan(&driven.0.kind), &rules.policy);
        match mind {
            Mind::Idle => match journal.claim(&self.owner, dice) {
                Some(driven) => {
                    let told = format!("claims {}", driven.0.kind);
                    (Mind::Driving(Box::new(driven)), told)
                }
                None => (Mind::Idle, "finds nothing due".into()),
            },
            Mind::Driving(driven) => {
                let token = Secret::new("tok".into());
                let sealed = driven.0.sealed_token.is_some();
                let decision = machine(&driven).decide(
                    &driven.0,
                    &driven.1,
                    &mut Moment {
                        now: journal.now(),
                        owner: &self.owner,
                        token: sealed.then_some(&token),
                        source: &mut DiceSource(dice),
                    },
                );
                match decision {
                    Decision::Rest => (Mind::Idle, "rests".into()),
                    Decision::Sleep(_) => {
                        journal.renew(&self.owner, &driven.0);
                        // Somebody may have stepped in, or taken over, meanwhile.
                        let fresh = journal.load(driven.0.saga_id);
                        if fresh.0.epoch != driven.0.epoch {
                            return (Mind::Idle, "sleeps, and is not the owner any more".into());
                        }
                        (Mind::Driving(Box::new(fresh)), "sleeps".into())
                    }
                    Decision::Write(commit) => (
                        Mind::Writing(driven, commit, None),
                        "decides to write".into(),
                    ),
                    Decision::Call {
                        purpose,
                        call,
                        idempotency_key,
                    } => {
                        let told = format!("is about to call {idempotency_key} {call:?}");
                        (Mind::Calling(driven, purpose, call, idempotency_key), told)
                    }
                }
            }
            Mind::Calling(driven, purpose, call, key) => {
                let answer = if flaw::skips(rules.flaw, &driven.0, purpose) {
                    world.as_if_nothing_happened(&call, &key, journal.now())
                } else {
                    world.call(&call, &key, journal.now(), dice)
                };
                let told = format!("hears {answer:?}");
                (Mind::Answered(driven, purpose, answer), told)
            }
            Mind::Answered(driven, purpose, answer) => {
                let token = Secret::new("tok".into());
                let commit = machine(&driven).answered(
                    &driven.0,
                    &driven.1,
                    purpose,
                    answer.clone(),
                    &mut Moment {
                        now: journal.now(),
                        owner: &self.owner,
                        token: Some(&token),
                        source: &mut DiceSource(dice),
                    },
                );
                let told = format!("will write {:?} {:?}", commit.saga.state, commit.history);
                (
                    Mind::Writing(driven, Box::new(commit), Some((purpose, answer))),
                    told,
                )
            }
            Mind::Writing(driven, commit, answered) => {
                write(journal, dice, driven, commit, answered)
            }
        }
    }
}

fn write(
    journal: &mut SimulatedJournal,
    dice: &mut Dice,
    driven: Box<(Saga, Order)>,
    commit: Box<Commit>,
    answered: Option<(Purpose, Result<Answer, CallError>)>,
) -> (Mind, String) {
    let outcome = journal.commit(&commit);
    if dice.percent(LOST_COMMIT_PERCENT) {
        return (
            Mind::Writing(driven, commit, answered),
            "loses a commit's answer".into(),
        );
    }
    match outcome {
        Outcome::Applied => {
            let order = commit
                .order
                .map_or_else(|| driven.1.clone(), |write| write.order);
            (
                Mind::Driving(Box::new((commit.saga, order))),
                "wrote".into(),
            )
        }
        Outcome::Stale => {
            let fresh = Box::new(journal.load(driven.0.saga_id));
            let mind = match answered {
                Some((purpose, answer)) => Mind::Answered(fresh, purpose, answer),
                None => Mind::Driving(fresh),
            };
            (mind, "is stale".into())
        }
        Outcome::Fenced | Outcome::KeyTaken(_) => (Mind::Idle, "is fenced".into()),
    }
}
