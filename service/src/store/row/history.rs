//! Converts lines of saga history.

use super::encoding::text;
use crate::domain::{Commit, CommitId, Event, HistoryEntry, SagaId, Successor, Timestamp};
use crate::store::entity::{history, saga};

/// Every history line of a commit, including the first line of its successor saga.
pub(crate) fn from_history(commit: &Commit) -> impl Iterator<Item = history::Model> {
    let (saga_id, version) = (commit.saga.saga_id, commit.guard.next_version());
    let own = commit.history.iter().zip(0..);
    let own = own.map(move |(entry, line)| line_row(entry, saga_id, (version, line), commit));
    let first =
        |successor: &Successor| line_row(&successor.line, successor.saga.saga_id, (1, 0), commit);
    own.chain(commit.successor.as_deref().map(first))
}

fn line_row(
    entry: &HistoryEntry,
    saga_id: SagaId,
    (version, line): (i64, i64),
    commit: &Commit,
) -> history::Model {
    history::Model {
        saga_id: saga_id.uuid(),
        version,
        line,
        commit_id: commit.commit_id.uuid(),
        time_us: entry.time.micros(),
        event: text(entry.event.as_str()),
        step: text(&entry.step),
        detail: text(&entry.detail),
        actor: text(&entry.actor),
    }
}

/// The history line for a saga that is parked because its row cannot be decoded.
pub(crate) fn parked(row: &saga::Model, why: &str, now: Timestamp) -> history::Model {
    history::Model {
        saga_id: row.saga_id,
        version: row.version + 1,
        line: 0,
        commit_id: CommitId::generate().uuid(),
        time_us: now.micros(),
        event: Event::Parked.into(),
        step: String::new(),
        detail: text(why),
        actor: "system".to_owned(),
    }
}

pub(crate) fn to_history(row: history::Model) -> HistoryEntry {
    HistoryEntry {
        time: Timestamp::from_micros(row.time_us),
        event: row.event.into(),
        step: row.step,
        detail: row.detail,
        actor: row.actor,
    }
}
