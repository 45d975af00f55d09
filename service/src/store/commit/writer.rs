//! A writer task: forms batches from its queue, writes each as one transaction, and answers every caller.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use tokio::sync::{mpsc, oneshot};

use super::decision::{Decision, decide};
use super::state::StoredState;
use super::{postgres, sqlite};
use crate::domain::{Commit, Outcome};
use crate::store::clock::Clock;
use crate::store::connection::ANSWER_WAIT;
use crate::store::error::{Error, Fault, QueryError, classify, no_answer};
use crate::store::keys::lookup;
use crate::supervise::{Panicked, caught};

/// Most commits in one transaction.
const BATCH_MAX: usize = 64;
/// Attempts for a commit that hits contention, or that did not apply although no guard rejects it.
const ATTEMPTS_MAX: u32 = 5;
pub(super) const OPERATION: &str = "commit";

/// A queued commit and the channel for its outcome.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) commit: Commit,
    pub(super) answer: oneshot::Sender<Result<Outcome, Error>>,
}

/// Whether the database answered any commit of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    Yes,
    No,
}

pub(super) struct Writer {
    db: DatabaseConnection,
    lease_us: i64,
    clock: Arc<Clock>,
}

impl Writer {
    pub(super) fn new(db: DatabaseConnection, lease: Duration, clock: Arc<Clock>) -> Self {
        Self {
            db,
            lease_us: i64::try_from(lease.as_micros()).unwrap_or(i64::MAX),
            clock,
        }
    }

    /// Runs until every sender of the queue is dropped.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Job>) {
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
            // The caller is gone and has no answer, so that a retry sends the same commit again.
            waiting.retain(|job| !job.answer.is_closed());
            // A panic drops the batch: its callers do not know the outcome, and send their commits again.
            let processing = caught(
                "a writer of commits",
                self.process(next_batch(&mut waiting)),
            );
            let reached: Result<Reached, Panicked> = Box::pin(processing).await;
            if matches!(reached, Ok(Reached::No)) {
                while let Ok(job) = queue.try_recv() {
                    waiting.push_back(job);
                }
                for job in waiting.drain(..) {
                    drop(job.answer.send(Err(Error::no_answer(OPERATION))));
                }
            }
        }
    }

    /// Writes a batch and answers every caller in it. Where the database was not reached, what waits behind the batch is
    /// not worth another wait.
    async fn process(&self, batch: Vec<Job>) -> Reached {
        if batch.is_empty() {
            return Reached::Yes;
        }
        let commits: Vec<_> = batch.iter().map(|job| &job.commit).collect();
        let answers = self.answers(&commits).await;
        let is_lost =
            |answer: &Result<Outcome, Error>| answer.as_ref().is_err_and(Error::is_unavailable);
        let reached = match answers.iter().all(is_lost) {
            true => Reached::No,
            false => Reached::Yes,
        };
        for (job, answer) in batch.into_iter().zip(answers) {
            // The send fails only if the caller was dropped, and then no answer is needed.
            drop(job.answer.send(answer));
        }
        reached
    }

    /// Writes a batch and returns one answer per commit. One invalid commit fails the whole transaction, so a batch
    /// that the database rejects is retried commit by commit.
    async fn answers(&self, commits: &[&Commit]) -> Vec<Result<Outcome, Error>> {
        match self.write(commits).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(QueryError::Database(error)) if classify(&error) == Fault::Connection => {
                let unavailable = |_| Err(Error::database(OPERATION, error.clone()));
                commits.iter().map(unavailable).collect()
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
        let mut attempts = 1;
        loop {
            match self.write(&[commit]).await {
                Ok(mut outcomes) => {
                    return Ok(outcomes.pop().expect("a batch has one outcome per commit"));
                }
                Err(QueryError::Corrupt(error)) => return Err(error),
                Err(QueryError::Database(error)) => {
                    if classify(&error) != Fault::Contention || attempts == ATTEMPTS_MAX {
                        return Err(Error::database(OPERATION, error));
                    }
                }
            }
            attempts += 1;
        }
    }

    /// Writes these commits in one transaction and returns their outcomes in the same order.
    async fn write(&self, commits: &[&Commit]) -> Result<Vec<Outcome>, QueryError> {
        let writing = async {
            if self.db.get_database_backend() == DbBackend::Postgres {
                self.write_postgres(commits).await
            } else {
                sqlite::write(&self.db, self.lease_us, commits).await
            }
        };
        let answer = tokio::time::timeout(ANSWER_WAIT, writing).await;
        answer.unwrap_or_else(|_| Err(no_answer().into()))
    }

    /// On Postgres the guards are part of the statement, so only rejected commits are examined afterwards.
    async fn write_postgres(&self, commits: &[&Commit]) -> Result<Vec<Outcome>, QueryError> {
        let sent = Instant::now();
        let written = postgres::write(&self.db, self.lease_us, commits).await?;
        self.clock.observe(sent, Instant::now(), written.now_us);
        let applied: HashSet<_> = written.applied.into_iter().collect();
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(if applied.contains(&commit.saga.saga_id.uuid()) {
                Outcome::Applied
            } else {
                self.resolve_rejected(commit).await?
            });
        }
        Ok(outcomes)
    }

    /// Determines why a commit was rejected. If no guard rejects it any more (its key had expired, or it lost a race
    /// between its snapshot and its lock), it is written again, alone.
    async fn resolve_rejected(&self, commit: &Commit) -> Result<Outcome, QueryError> {
        for _ in 0..ATTEMPTS_MAX {
            let state = StoredState::read(&self.db, commit).await?;
            match decide(commit, &state) {
                Decision::Answer(outcome) => return Ok(outcome),
                Decision::Write { replaces_key } => {
                    if let Some(found) = state.key.filter(|_| replaces_key) {
                        lookup::delete(&self.db, &found.row).await?;
                    }
                }
            }
            let written = postgres::write(&self.db, self.lease_us, &[commit]).await?;
            if !written.applied.is_empty() {
                return Ok(Outcome::Applied);
            }
        }
        let why = "a commit that no guard rejects does not apply".to_owned();
        Err(DbErr::Custom(why).into())
    }
}

/// Takes the oldest commits, at most one per order: the guards of a second commit depend on what the first one writes.
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
