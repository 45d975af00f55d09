//! The group committer: callers hand commits over, writer tasks write what has queued up as one transaction.
//!
//! Nothing waits for a batch to fill: a batch is what came while the one before it was written. It knows how a batch
//! is put together and answered; how it is written is each database's.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::clock::Clock;
use super::facts::Unread;
use super::fault::{ANSWER_WAIT, Fault, fault, no_answer, span};
use super::verdict::{Verdict, judge};
use super::{Error, facts, postgres, sqlite};
use crate::domain::Commit;
use crate::domain::Outcome;

/// Writer tasks on Postgres: one batch is put together while another is flushed. SQLite has one writer by nature.
pub(super) const POSTGRES_WRITERS: u32 = 2;
/// Most commits of one transaction.
const BATCH_MAX: usize = 64;
/// Most commits that wait for one writer; more wait at their callers.
const QUEUE_MAX: usize = 1024;
/// Longest wait for a place in the queue.
const QUEUE_WAIT: Duration = Duration::from_secs(10);
/// How often a commit is tried again that lost although nothing stands against it, as after a forgotten key.
const TRIES_MAX: u32 = 5;
const OPERATION: &str = "commit";

#[derive(Debug)]
struct Job {
    commit: Commit,
    answer: oneshot::Sender<Result<Outcome, Error>>,
}

/// Hands commits to the writer tasks, which end when the last committer is dropped.
#[derive(Debug, Clone)]
pub(super) struct Committer {
    queues: Arc<[mpsc::Sender<Job>]>,
}

impl Committer {
    pub(super) fn start(db: &DatabaseConnection, lease: Duration, clock: &Arc<Clock>) -> Self {
        let writers = if db.get_database_backend() == DbBackend::Postgres {
            POSTGRES_WRITERS
        } else {
            1
        };
        let queues = (0..writers).map(|_| {
            let (sender, receiver) = mpsc::channel(QUEUE_MAX);
            let writer = Writer {
                db: db.clone(),
                lease_us: i64::try_from(lease.as_micros()).unwrap_or(i64::MAX),
                clock: Arc::clone(clock),
            };
            tokio::spawn(writer.run(receiver));
            sender
        });
        Self {
            queues: queues.collect(),
        }
    }

    /// Commits, and waits for the answer. Dropped before the answer, the commit may still apply.
    pub(super) async fn commit(&self, commit: Commit) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        // By order: one order is never in two batches at once, so batches of one process don't wait for each other.
        let spread = commit.saga.order_id.uuid().as_u128() % self.queues.len() as u128;
        let queue = &self.queues[usize::try_from(spread).expect("it is less than a usize")];
        let job = Job { commit, answer };
        // The batch is many traces' work: each sees how long its own part of it took.
        async {
            match tokio::time::timeout(QUEUE_WAIT, queue.send(job)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(Error::told(OPERATION, no_answer())),
            }
            let lost = |_| Err(Error::told(OPERATION, no_answer()));
            answered.await.unwrap_or_else(lost)
        }
        .instrument(span(OPERATION))
        .await
    }
}

struct Writer {
    db: DatabaseConnection,
    lease_us: i64,
    clock: Arc<Clock>,
}

impl Writer {
    async fn run(self, mut queue: mpsc::Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match queue.recv().await {
                    Some(job) => waiting.push_back(job),
                    None => return,
                }
            }
            while waiting.len() < 2 * BATCH_MAX {
                match queue.try_recv() {
                    Ok(job) => waiting.push_back(job),
                    Err(_) => break,
                }
            }
            self.settle(next_batch(&mut waiting)).await;
        }
    }

    /// Writes a batch and answers everyone in it.
    async fn settle(&self, batch: Vec<Job>) {
        let commits: Vec<_> = batch.iter().map(|job| &job.commit).collect();
        let answers = self.answers(&commits).await;
        for (job, answer) in batch.into_iter().zip(answers) {
            // A caller that went away needs no answer.
            drop(job.answer.send(answer));
        }
    }

    /// One bad commit fails a whole batch, so a batch that the database refuses is tried again one by one.
    async fn answers(&self, commits: &[&Commit]) -> Vec<Result<Outcome, Error>> {
        match self.write(commits).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(Unread::Database(error)) if fault(&error) == Fault::Connection => {
                let told = |_| Err(Error::told(OPERATION, error.clone()));
                commits.iter().map(told).collect()
            }
            Err(_) => {
                let mut answers = Vec::with_capacity(commits.len());
                for commit in commits {
                    answers.push(self.write_alone(commit).await);
                }
                answers
            }
        }
    }

    async fn write_alone(&self, commit: &Commit) -> Result<Outcome, Error> {
        let mut tries = 1;
        loop {
            match self.write(&[commit]).await {
                Ok(mut outcomes) => {
                    return Ok(outcomes.pop().expect("a batch has one outcome per commit"));
                }
                Err(Unread::Corrupt(error)) => return Err(error),
                Err(Unread::Database(error)) => {
                    if fault(&error) != Fault::Contention || tries == TRIES_MAX {
                        return Err(Error::told(OPERATION, error));
                    }
                }
            }
            tries += 1;
        }
    }

    /// Writes these commits in one transaction, and says in the same order what became of each.
    async fn write(&self, commits: &[&Commit]) -> Result<Vec<Outcome>, Unread> {
        let writing = async {
            if self.db.get_database_backend() == DbBackend::Postgres {
                self.write_set(commits).await
            } else {
                sqlite::write(&self.db, self.lease_us, commits).await
            }
        };
        let answer = tokio::time::timeout(ANSWER_WAIT, writing).await;
        answer.unwrap_or_else(|_| Err(no_answer().into()))
    }

    /// Postgres: the guards are part of the statement, so only the losers are looked at.
    async fn write_set(&self, commits: &[&Commit]) -> Result<Vec<Outcome>, Unread> {
        let asked = Instant::now();
        let written = postgres::write(&self.db, self.lease_us, commits).await?;
        self.clock.hear(asked, Instant::now(), written.now_us);
        let won: HashSet<_> = written.won.into_iter().collect();
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(if won.contains(&commit.saga.saga_id.uuid()) {
                Outcome::Applied
            } else {
                self.judge_loser(commit).await?
            });
        }
        Ok(outcomes)
    }

    /// Says why a commit lost. Where nothing stands against it by now (its key was forgotten, or it lost to what came
    /// between its snapshot and its lock), it is written again, alone.
    async fn judge_loser(&self, commit: &Commit) -> Result<Outcome, Unread> {
        for _ in 0..TRIES_MAX {
            let facts = facts::read(&self.db, commit).await?;
            match judge(commit, &facts) {
                Verdict::Settled(outcome) => return Ok(outcome),
                Verdict::Write { replaces_key } => {
                    if let Some(found) = facts.key.filter(|_| replaces_key) {
                        facts::forget(&self.db, &found.row).await?;
                    }
                }
            }
            let written = postgres::write(&self.db, self.lease_us, &[commit]).await?;
            if !written.won.is_empty() {
                return Ok(Outcome::Applied);
            }
        }
        let why = "a commit that nothing stands against does not apply".to_owned();
        Err(DbErr::Custom(why).into())
    }
}

/// Takes the oldest commits, at most one per order: the guards of a second one are what the first one writes.
fn next_batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut orders = HashSet::new();
    let mut batch = Vec::new();
    let mut later = VecDeque::new();
    for job in waiting.drain(..) {
        let is_first = orders.insert(job.commit.saga.order_id);
        if is_first && batch.len() < BATCH_MAX {
            batch.push(job);
        } else {
            later.push_back(job);
        }
    }
    *waiting = later;
    batch
}
