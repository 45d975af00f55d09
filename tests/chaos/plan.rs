//! The plan of disturbances and their times, derived from the seed before the run starts.

use std::time::Duration;

use order_proto::sandbox::v1::FaultKind;
use order_tests::postgres::End;
use order_tests::sandbox::{
    AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, CONFIRM_BOOKING, HOLD_SEATS, Method, RECORD_USAGE,
    SEND_NOTIFICATION, inventory, payment,
};

use super::dice::Dice;

/// One disturbance, or the end of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Sends SIGKILL to this replica.
    KillReplica(usize),
    /// Starts this replica.
    StartReplica(usize),
    /// Sends SIGSTOP to this replica, for longer than its lease.
    PauseReplica(usize),
    /// Sends SIGCONT to this replica.
    ResumeReplica(usize),
    /// Kills Redis; its data is lost.
    KillRedis,
    /// Starts Redis without data.
    StartRedis,
    /// Deletes all data of Redis.
    FlushRedis,
    /// Stops Postgres.
    EndPostgres(End),
    /// Starts Postgres.
    StartPostgres,
    /// Makes this method of a participant fail this many times.
    Fault(Method, FaultKind, i32),
}

/// The number of replicas.
pub(crate) const REPLICAS: usize = 2;
/// The lease of a saga. Short, so that many leases expire in one run.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// Methods with an effect. Queries are left out, because a fault there would affect the audit.
const METHODS: [Method; 10] = [
    HOLD_SEATS,
    AUTHORIZE_PAYMENT,
    CONFIRM_BOOKING,
    CAPTURE_PAYMENT,
    RECORD_USAGE,
    SEND_NOTIFICATION,
    inventory("ReleaseHold"),
    inventory("CancelBooking"),
    payment("VoidPayment"),
    payment("RefundPayment"),
];

/// Every act with its time since the start, in order. Every disturbance ends before `length`.
pub(crate) fn of(dice: &Dice, length: Duration) -> Vec<(Duration, Act)> {
    let mut acts = Vec::new();
    for replica in 0..REPLICAS {
        let mut dice = dice.nth(replica as u64);
        // Long enough that many sagas are interrupted, short enough for many repetitions.
        repeat(length, &mut dice, (3_000, 8_000), |dice| {
            if dice.percent(60) {
                let (kill, start) = (Act::KillReplica(replica), Act::StartReplica(replica));
                vec![(Duration::ZERO, kill), (dice.millis(0, 2_500), start)]
            } else {
                let (pause, resume) = (Act::PauseReplica(replica), Act::ResumeReplica(replica));
                let asleep = LEASE + dice.millis(500, 3_000);
                vec![(Duration::ZERO, pause), (asleep, resume)]
            }
        })
        .into_iter()
        .for_each(|act| acts.push(act));
    }
    acts.extend(repeat(length, &mut dice.nth(10), (2_000, 7_000), |dice| {
        if dice.percent(50) {
            vec![(Duration::ZERO, Act::FlushRedis)]
        } else {
            let away = dice.millis(200, 3_000);
            vec![(Duration::ZERO, Act::KillRedis), (away, Act::StartRedis)]
        }
    }));
    acts.extend(repeat(
        length,
        &mut dice.nth(11),
        (10_000, 18_000),
        |dice| {
            let how = *dice.one_of(&[End::Fast, End::Crash]);
            let away = dice.millis(0, 2_000);
            vec![
                (Duration::ZERO, Act::EndPostgres(how)),
                (away, Act::StartPostgres),
            ]
        },
    ));
    acts.extend(repeat(length, &mut dice.nth(12), (300, 1_200), |dice| {
        let kind = match dice.below(10) {
            0..7 => FaultKind::LoseReply,
            7..9 => FaultKind::FailBefore,
            _ => FaultKind::Delay,
        };
        let times = i32::try_from(1 + dice.below(4)).expect("the count fits");
        let method = *dice.one_of(&METHODS);
        vec![(Duration::ZERO, Act::Fault(method, kind, times))]
    }));
    acts.sort_by_key(|(at, _)| *at);
    acts
}

/// Adds episodes one after another with pauses between these bounds in milliseconds; each ends before `length`.
fn repeat(
    length: Duration,
    dice: &mut Dice,
    (from, to): (u64, u64),
    mut episode: impl FnMut(&mut Dice) -> Vec<(Duration, Act)>,
) -> Vec<(Duration, Act)> {
    let mut acts = Vec::new();
    let mut at = dice.millis(from / 2, to);
    loop {
        let acted = episode(dice);
        let over = at + acted.last().map_or(Duration::ZERO, |(after, _)| *after);
        if over >= length {
            return acts;
        }
        acts.extend(acted.into_iter().map(|(after, act)| (at + after, act)));
        at = over + dice.millis(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_plan_and_another_seed_another() {
        let minute = Duration::from_secs(60);
        let plan = of(&Dice::new(7), minute);
        assert_eq!(plan, of(&Dice::new(7), minute));
        assert_ne!(plan, of(&Dice::new(8), minute));
        assert!(plan.is_sorted_by_key(|(at, _)| *at));
        assert!(plan.iter().all(|(at, _)| *at < minute));
    }

    #[test]
    fn every_disturbance_ends_before_the_run() {
        let plan = of(&Dice::new(3), Duration::from_secs(120));
        let count = |wanted: fn(&Act) -> bool| plan.iter().filter(|(_, act)| wanted(act)).count();
        let kills = count(|act| matches!(act, Act::KillReplica(_)));
        assert!(kills > 0, "{plan:?}");
        assert_eq!(kills, count(|act| matches!(act, Act::StartReplica(_))));
        assert_eq!(
            count(|act| matches!(act, Act::PauseReplica(_))),
            count(|act| matches!(act, Act::ResumeReplica(_)))
        );
        assert_eq!(
            count(|act| matches!(act, Act::EndPostgres(_))),
            count(|act| *act == Act::StartPostgres)
        );
        assert_eq!(
            count(|act| *act == Act::KillRedis),
            count(|act| *act == Act::StartRedis)
        );
    }
}
