//! The outcome of one request: the changes to apply and the answer to send. Applies and sends nothing.

use crate::value::refusal::Refusal;
use crate::world::Change;

/// The changes to apply, and the answer.
#[derive(Debug)]
pub(crate) struct Decision<A> {
    pub(crate) changes: Vec<Change>,
    pub(crate) verdict: Verdict<A>,
}

/// The answer to a request, and its outcome in the journal.
#[derive(Debug)]
pub(crate) enum Verdict<A> {
    /// The command acted, or the query found its answer.
    Done(A),
    /// An earlier command did the same; the answer is the current state of what it made.
    Repeated(A),
    Refused(Refusal),
    /// The command acted; the caller gets UNAVAILABLE.
    ReplyLost,
    /// The command did not act; the caller gets UNAVAILABLE.
    FailedBefore,
}

impl<A> Decision<A> {
    pub(crate) fn done(changes: Vec<Change>, answer: A) -> Self {
        Self {
            changes,
            verdict: Verdict::Done(answer),
        }
    }

    pub(crate) fn repeated(answer: A) -> Self {
        Self {
            changes: Vec::new(),
            verdict: Verdict::Repeated(answer),
        }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self {
            changes: Vec::new(),
            verdict: Verdict::Refused(refusal),
        }
    }

    /// The answer to a query, or its refusal.
    pub(crate) fn query(answer: Result<A, Refusal>) -> Self {
        match answer {
            Ok(answer) => Self::done(Vec::new(), answer),
            Err(refusal) => Self::refused(refusal),
        }
    }
}
