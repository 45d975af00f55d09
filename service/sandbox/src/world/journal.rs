//! The journal: every request to the participants with its outcome, oldest first. Holds no request's content.

use std::collections::VecDeque;

use order_proto::sandbox::v1::{GetJournalRequest, JournalEntry, JournalOutcome};
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::value::method::Method;
use crate::value::moment::Moment;

/// The most entries kept; the oldest are dropped first.
const ENTRIES_MAX: usize = 1_000_000;
/// The size limit of one answer: below the 4 MiB that gRPC clients accept by default.
const ANSWER_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The outcome of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Done,
    Repeated,
    Refused,
    Fault,
}

impl Outcome {
    fn wire(self) -> JournalOutcome {
        match self {
            Self::Done => JournalOutcome::Done,
            Self::Repeated => JournalOutcome::Repeated,
            Self::Refused => JournalOutcome::Refused,
            Self::Fault => JournalOutcome::Fault,
        }
    }
}

/// One request; its sequence follows from its position.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) time: Moment,
    pub(crate) method: Method,
    pub(crate) key: Box<str>,
    pub(crate) order_id: Box<str>,
    pub(crate) outcome: Outcome,
    pub(crate) detail: Box<str>,
}

/// A change to the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The sequence of the oldest entry; the ones before it were dropped.
    StartsAt(i64),
    Added(Entry),
}

/// The newest entries. Sequences have no gaps, so only the first one is stored.
#[derive(Debug)]
pub(crate) struct Journal {
    first: i64,
    entries: VecDeque<Entry>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            first: 1,
            entries: VecDeque::new(),
        }
    }
}

impl Journal {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::StartsAt(first) => self.first = first,
            Change::Added(entry) => {
                self.entries.push_back(entry);
                if self.entries.len() > ENTRIES_MAX {
                    self.entries.pop_front();
                    self.first += 1;
                }
            }
        }
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        std::iter::once(Change::StartsAt(self.first))
            .chain(self.entries.iter().cloned().map(Change::Added))
    }

    /// The requested entries, oldest first, as many as fit into one answer. The client asks for the rest with the last sequence
    /// as `after_sequence`.
    pub(crate) fn answer(&self, request: &GetJournalRequest) -> Vec<JournalEntry> {
        let skipped = request.after_sequence.saturating_sub(self.first - 1);
        let skipped = usize::try_from(skipped).unwrap_or(0);
        let mut left = ANSWER_BYTES_MAX;
        (self.first..)
            .zip(&self.entries)
            .skip(skipped)
            .filter(|(_, entry)| request.order_id.is_empty() || *entry.order_id == request.order_id)
            .map(|(sequence, entry)| wire(sequence, entry))
            .take_while(|entry| {
                let size = entry.encoded_len();
                let fits = size <= left;
                left = left.saturating_sub(size);
                fits
            })
            .collect()
    }
}

fn wire(sequence: i64, entry: &Entry) -> JournalEntry {
    JournalEntry {
        sequence,
        time: Some(entry.time.timestamp()),
        service: entry.method.service().to_owned(),
        method: entry.method.name().to_owned(),
        idempotency_key: entry.key.clone().into(),
        order_id: entry.order_id.clone().into(),
        outcome: entry.outcome.wire().into(),
        detail: entry.detail.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(order_id: &str) -> Change {
        Change::Added(Entry {
            time: Moment::now(),
            method: Method::HoldSeats,
            key: "".into(),
            order_id: order_id.into(),
            outcome: Outcome::Done,
            detail: "x".repeat(100).into(),
        })
    }

    #[test]
    fn a_long_journal_is_read_in_several_answers_without_gaps() {
        let mut journal = Journal::default();
        for _ in 0..50_000 {
            journal.apply(entry("o"));
        }
        let mut request = GetJournalRequest::default();
        let mut answers = 0;
        loop {
            let entries = journal.answer(&request);
            let Some(last) = entries.last() else { break };
            assert_eq!(entries[0].sequence, request.after_sequence + 1);
            request.after_sequence = last.sequence;
            answers += 1;
        }
        assert_eq!(request.after_sequence, 50_000);
        assert!(answers > 1, "all entries fit one answer");
    }

    #[test]
    fn a_full_journal_drops_its_oldest_entry_and_keeps_counting() {
        let mut journal = Journal::default();
        for _ in 0..=ENTRIES_MAX {
            journal.apply(entry(""));
        }
        assert_eq!(journal.entries.len(), ENTRIES_MAX);
        assert_eq!(journal.answer(&GetJournalRequest::default())[0].sequence, 2);
    }
}
