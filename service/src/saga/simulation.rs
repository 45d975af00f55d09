//! Deterministic simulation: the real machine over a simulated journal and participants, with every fault a seed can say.
//!
//! Crashes before and after every call and commit, lost and late replies, refusals, replicas paused past their lease,
//! clock jumps, a user who cancels and an operator who unwinds or retries at any moment. After each seed the promises are
//! checked. `SEEDS=100000 cargo test -p order-service --release simulation` runs more; `SEED=n` replays one, with its trace.

mod journal;
mod operator;
mod replica;
mod user;
mod world;

use std::time::Duration;

use crate::order::{OrderState, SagaState, StepState};

use super::policy::Policy;
use journal::SimulatedJournal;
use operator::Operator;
use replica::Replica;
use user::User;
use world::{Ending, World};

/// Seeds of one run when nobody asks for more.
const SEEDS: u64 = 2_000;
/// More turns than any saga needs: one that takes this many never ends.
const TURNS_MAX: u32 = 20_000;

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

/// What a seed came to.
struct Outcome {
    saga: SagaState,
    order: OrderState,
    world: World,
    complaint: Option<String>,
}

fn run(seed: u64, trace: bool) -> Outcome {
    let mut dice = Dice(seed);
    let policy = policy();
    let mut world = World::new(&mut dice);
    let mut journal = SimulatedJournal::begin(&policy, &world);
    // The creator is mostly there; another replica finds what it leaves.
    let mut replicas = [
        Replica::owning(&journal, "replica-a"),
        Replica::idle("replica-b"),
    ];
    let mut user = User::new(&mut dice);
    let mut operator = Operator::new(&mut dice);
    for turn in 0..TURNS_MAX {
        if journal.is_at_rest() {
            break;
        }
        if let Some(told) = user.turn(&policy, &mut journal, &mut dice)
            && trace
        {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        if let Some(told) = operator.turn(&policy, &mut journal, &mut dice)
            && trace
        {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        let index = usize::from(dice.percent(40));
        let who = &mut replicas[index];
        let told = who.turn(&policy, &mut journal, &mut world, &mut dice);
        if trace {
            eprintln!("{turn:>5} {} {told}", journal.clock());
        }
        journal.advance(Duration::from_millis(dice.below(400)));
        if dice.percent(2) {
            journal.advance(Duration::from_secs(dice.below(40)));
        }
        world.late_calls(&journal, &mut dice);
    }
    // Whoever was slow is done now, too late for anything.
    journal.advance(Duration::from_secs(3_600));
    world.all_late_calls(&journal);
    let complaint = complaint(&journal, &world)
        .or_else(|| user.complaint(&journal))
        .or_else(|| operator.complaint(&journal));
    Outcome {
        saga: journal.saga().state,
        order: journal.order().state,
        world,
        complaint,
    }
}

/// The promises, checked at the end of a seed. None: all are kept.
fn complaint(journal: &SimulatedJournal, world: &World) -> Option<String> {
    let (saga, order) = (journal.saga(), journal.order());
    if !saga.state.is_at_rest() {
        return Some(format!(
            "the saga never ended: {:?} at {}",
            saga.state, saga.cursor
        ));
    }
    if saga.state == SagaState::NeedsAttention {
        return Some(format!("the saga needs attention: {:?}", saga.failure));
    }
    if world.captures > 1 {
        return Some(format!("{} captures", world.captures));
    }
    if let Some(breach) = &world.breach {
        return Some(breach.clone());
    }
    let owes = if order.state == OrderState::Confirmed {
        world.total
    } else {
        0
    };
    if world.captured - world.refunded != owes {
        return Some(format!(
            "captured {} less refunded {} is not the {owes} that a {:?} order owes",
            world.captured, world.refunded, order.state
        ));
    }
    let booked = world.seats == Ending::Booked;
    if booked != (order.state == OrderState::Confirmed) {
        return Some(format!(
            "the seats are {:?} of a {:?} order",
            world.seats, order.state
        ));
    }
    if order.state != OrderState::Confirmed && world.seats == Ending::Held {
        return Some("seats are still held".into());
    }
    let deliveries = journal.deliveries();
    let expected = if order.state == OrderState::Confirmed {
        2
    } else {
        0
    };
    if deliveries != expected {
        return Some(format!(
            "{deliveries} deliveries of a {:?} order",
            order.state
        ));
    }
    if journal.ledger_sum() != 0 {
        return Some("the ledger does not balance".into());
    }
    let undone = saga.steps.iter().all(|step| match step.state {
        StepState::Compensated | StepState::Skipped => true,
        StepState::Pending
        | StepState::Running
        | StepState::Succeeded
        | StepState::Failed
        | StepState::Unknown => false,
    });
    if saga.state == SagaState::Compensated && !undone {
        return Some("a step that was sent is not undone".into());
    }
    None
}

#[test]
fn every_promise_is_kept_whatever_the_seed_says() {
    if let Some(seed) = number("SEED") {
        let outcome = run(seed, true);
        assert_eq!(outcome.complaint, None, "seed {seed}");
        return;
    }
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let began = std::time::Instant::now();
    let (mut confirmed, mut failed, mut expired, mut cancelled) = (0_u64, 0_u64, 0_u64, 0_u64);
    for seed in 0..seeds {
        let outcome = run(seed, false);
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
        assert!(outcome.saga.has_ended(), "seed {seed}");
        assert!(outcome.world.calls > 0, "seed {seed}");
    }
    eprintln!(
        "{seeds} seeds in {:?}: {confirmed} confirmed, {failed} failed, {expired} expired, {cancelled} cancelled",
        began.elapsed()
    );
    // A simulation in which nothing ever goes wrong, or right, shows nothing.
    assert!(confirmed > seeds / 10 && failed > seeds / 10 && expired > seeds / 1_000);
    assert!(cancelled > seeds / 20);
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().expect("SEED and SEEDS are numbers"))
}
