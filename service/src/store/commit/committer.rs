//! The group committer: callers queue commits, and writer tasks write everything queued as one transaction.
//!
//! Nothing waits for a batch to fill: a batch is what arrived while the previous one was written. This file knows the
//! queues; `writer` knows how a batch is formed, written and answered.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

use super::writer::{Job, OPERATION, Writer};
use crate::domain::{Commit, Outcome};
use crate::store::clock::Clock;
use crate::store::connection::{POSTGRES_WRITERS, span};
use crate::store::error::{Error, no_answer};

/// Most commits queued for one writer. Further callers wait for a free place.
const QUEUE_MAX: usize = 1024;
/// Longest wait for a place in the queue.
const QUEUE_WAIT: Duration = Duration::from_secs(10);

/// Hands commits to the writer tasks, which end when the last clone of the committer is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Committer {
    queues: Arc<[mpsc::Sender<Job>]>,
}

impl Committer {
    /// Starts the writer tasks: one on SQLite, which allows a single writer, and `POSTGRES_WRITERS` on Postgres.
    pub(crate) fn start(db: &DatabaseConnection, lease: Duration, clock: &Arc<Clock>) -> Self {
        let writers = if db.get_database_backend() == DbBackend::Postgres {
            POSTGRES_WRITERS
        } else {
            1
        };
        let queues = (0..writers).map(|_| {
            let (sender, receiver) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(Writer::new(db.clone(), lease, Arc::clone(clock)).run(receiver));
            sender
        });
        Self {
            queues: queues.collect(),
        }
    }

    /// Queues a commit and waits for its outcome. If the future is dropped, the commit may still apply.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        // Partitioned by order: an order is never in two batches at once, so batches of one process never block each
        // other.
        let partition = commit.saga.order_id.uuid().as_u128() % self.queues.len() as u128;
        let queue = &self.queues[usize::try_from(partition).expect("it is less than a usize")];
        let job = Job { commit, answer };
        // A batch belongs to many traces: each caller's span covers its own wait.
        async {
            match tokio::time::timeout(QUEUE_WAIT, queue.send(job)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(Error::database(OPERATION, no_answer())),
            }
            let lost = |_| Err(Error::database(OPERATION, no_answer()));
            answered.await.unwrap_or_else(lost)
        }
        .instrument(span(OPERATION))
        .await
    }
}
