//! What every participant's rpc has in common: a message that knows its method, key and order, and a pure decision.
//!
//! Knows no transport, no fault and no clock; `gate` brings those.

use std::time::Duration;

use crate::digest::Digest;
use crate::method::Method;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::world::{Change, World};

/// A request to a participant.
pub(crate) trait Rpc: prost::Message + Clone + 'static {
    /// What it is answered with.
    type Answer: Send + 'static;
    /// Its method.
    const METHOD: Method;

    /// Whether it acts, and under which key.
    fn call(&self) -> Call<'_>;

    /// The order it is about; empty where it names none.
    fn order_id(&self) -> &str;

    /// The same request without its key: what makes two requests the same.
    fn keyless(self) -> Self {
        self
    }

    /// How long it takes of its own accord.
    fn takes(&self, _world: &World) -> Duration {
        Duration::ZERO
    }

    /// What comes of it. Pure: nothing changes until the changes are applied.
    fn decide(&self, world: &World, asked: Asked) -> Decision<Self::Answer>;
}

/// Whether a request acts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call<'a> {
    /// It only looks.
    Query,
    /// It acts for the order that it names.
    Acts { key: &'a str },
    /// It acts, and its message has no field for an order.
    ActsForNoOrder { key: &'a str },
}

/// How a request was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// When.
    pub(crate) now: Moment,
    /// What was asked, without the key.
    pub(crate) content: Digest,
    /// Whether this key already acted, with this content.
    pub(crate) repeated: bool,
}

/// What comes of a request.
#[derive(Debug)]
pub(crate) struct Decision<A> {
    pub(crate) changes: Vec<Change>,
    pub(crate) verdict: Verdict<A>,
}

/// What a request is answered with.
#[derive(Debug)]
pub(crate) enum Verdict<A> {
    /// It acted, or looked.
    Done(A),
    /// It was done before: the thing as it now stands.
    Stands(A),
    /// It did not act.
    Refused(Refusal),
    /// It acted, and the caller is not told.
    ReplyLost,
    /// It did not act, and the caller is not told.
    FailedBefore,
}

impl<A> Decision<A> {
    pub(crate) fn done(changes: Vec<Change>, answer: A) -> Self {
        Self {
            changes,
            verdict: Verdict::Done(answer),
        }
    }

    pub(crate) fn stands(answer: A) -> Self {
        Self {
            changes: Vec::new(),
            verdict: Verdict::Stands(answer),
        }
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self {
            changes: Vec::new(),
            verdict: Verdict::Refused(refusal),
        }
    }

    /// The answer to a query, or its refusal.
    pub(crate) fn found(answer: Result<A, Refusal>) -> Self {
        match answer {
            Ok(answer) => Self::done(Vec::new(), answer),
            Err(refusal) => Self::refused(refusal),
        }
    }
}
