//! Deterministic simulation: the real machine over a simulated journal and participants, with every fault a seed can say.
//!
//! Crashes before and after every call and commit, lost and late replies, refusals, replicas paused past their lease,
//! clock jumps, users who cancel and refund at any moment, refunds that take their time or fail, money that turns up late,
//! an operator who unwinds or retries.
//! After each seed the promises are checked. `SEEDS=100000 cargo test -p order-service --release simulation` runs more;
//! `SEED=n` replays one, with its trace. Each rule of `flaw` is left out once, to see that it is missed.

mod beginning;
mod edge;
mod flaw;
mod journal;
mod operator;
mod promises;
mod replica;
mod users;
mod world;

use std::time::Duration;

use crate::domain::{OrderState, SagaState};
use crate::plans::{Catalog, cancel_order, refund_order, return_payment};
use crate::saga::{Definition, Policy};
use flaw::Flaw;
use journal::SimulatedJournal;
use operator::Operator;
use replica::Replica;
use users::Users;
use world::World;

/// Seeds of one run when nobody asks for more.
const SEEDS: u64 = 2_000;
/// More turns than any saga needs: one that takes this many never ends.
const TURNS_MAX: u64 = 40_000;
/// When every seed begins.
const EPOCH_MICROS: i64 = 1_700_000_000_000_000;

/// A small generator whose numbers depend on the seed alone (splitmix64, Steele et al., 2014).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True this many times of a hundred.
    fn percent(&mut self, of_hundred: u64) -> bool {
        self.next() % 100 < of_hundred
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn policy() -> Policy {
    Policy {
        step_attempts: 5,
        step_deadline: Duration::from_secs(5),
        compensation_attempts: 100,
        capture_margin: Duration::from_secs(10),
        lease: Duration::from_secs(10),
        attention_interval: Duration::from_secs(900),
    }
}

/// What all replicas know.
struct Rules {
    catalog: Catalog,
    policy: Policy,
    flaw: Flaw,
}

impl Rules {
    fn without(flaw: Flaw) -> Self {
        Self {
            catalog: Catalog::all(),
            policy: policy(),
            flaw,
        }
    }

    fn plan(&self, kind: &str) -> &Definition {
        self.catalog.plan(kind, 1).expect("every kind is known")
    }
}

/// What a seed came to.
struct Outcome {
    order: OrderState,
    completed: Vec<String>,
    calls: u64,
    complaint: Option<String>,
}

fn run(rules: &Rules, seed: u64, trace: bool) -> Outcome {
    let mut dice = Dice(seed);
    let mut world = World::new(&mut dice);
    let mut journal = SimulatedJournal::begin(rules, &world);
    // The creator is mostly there; another replica finds what it leaves.
    let mut replicas = [
        Replica::owning(&journal, "replica-a"),
        Replica::idle("replica-b"),
        Replica::idle("replica-c"),
    ];
    let mut users = Users::new(&mut dice);
    let mut operator = Operator::new(&mut dice);
    for turn in 0..TURNS_MAX {
        if journal.is_at_rest() && users.are_done(&journal) {
            break;
        }
        if let Some(told) = users.turn(turn, rules, &mut journal, &mut world, &mut dice)
            && trace
        {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        if let Some(told) = operator.turn(rules, &mut journal, &mut dice)
            && trace
        {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        let index = [0, 0, 0, 1, 2][usize::try_from(dice.below(5)).expect("it is small")];
        let told = replicas[index].turn(rules, &mut journal, &mut world, &mut dice);
        if trace {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        journal.advance(Duration::from_millis(dice.below(400)));
        if dice.percent(2) {
            journal.advance(Duration::from_secs(dice.below(40)));
        }
        world.late_calls(&journal);
    }
    // Whoever was slow is done now, too late for anything.
    journal.advance(Duration::from_secs(3_600));
    world.all_late_calls(&journal);
    let complaint = promises::complaint(&journal, &world)
        .or_else(|| users.complaint(&journal, &world))
        .or_else(|| operator.complaint(&journal));
    let completed = journal.sagas();
    let completed = completed.filter(|saga| saga.state == SagaState::Completed);
    Outcome {
        order: journal.order().state,
        completed: completed.map(|saga| saga.kind.clone()).collect(),
        calls: world.calls,
        complaint,
    }
}

#[test]
fn every_promise_is_kept_whatever_the_seed_says() {
    let rules = Rules::without(Flaw::None);
    if let Some(seed) = number("SEED") {
        let outcome = run(&rules, seed, true);
        assert_eq!(outcome.complaint, None, "seed {seed}");
        return;
    }
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let began = std::time::Instant::now();
    let (mut confirmed, mut failed, mut expired, mut cancelled) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut completed = std::collections::BTreeMap::new();
    for seed in 0..seeds {
        let outcome = run(&rules, seed, false);
        assert_eq!(
            outcome.complaint, None,
            "replay with: SEED={seed} cargo test -p order-service every_promise_is_kept -- --nocapture"
        );
        match outcome.order {
            OrderState::Confirmed => confirmed += 1,
            OrderState::Expired => expired += 1,
            OrderState::Cancelled => cancelled += 1,
            OrderState::Pending
            | OrderState::AwaitingPayment
            | OrderState::Failed
            | OrderState::Cancelling => failed += 1,
        }
        for kind in outcome.completed {
            *completed.entry(kind).or_insert(0_u64) += 1;
        }
        assert!(outcome.calls > 0, "seed {seed}");
    }
    eprintln!(
        "{seeds} seeds in {:?}: {confirmed} confirmed, {failed} failed, {expired} expired, {cancelled} cancelled; completed: \
         {completed:?}",
        began.elapsed()
    );
    // A simulation in which nothing ever goes wrong, or right, shows nothing.
    assert!(confirmed > seeds / 10 && failed > seeds / 10 && expired > seeds / 1_000);
    assert!(cancelled > seeds / 20);
    for kind in [cancel_order::KIND, refund_order::KIND, return_payment::KIND] {
        let count = completed.get(kind).copied().unwrap_or_default();
        assert!(count > seeds / 100, "{kind}: {count}");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().expect("SEED and SEEDS are numbers"))
}
