//! The interface that every participant's rpc implements: a message that names its method, key and order, and a pure
//! decision.
//!
//! Knows no transport, no fault and no clock; `gate` supplies them.

use std::time::Duration;

use crate::value::digest::Digest;
use crate::value::method::Method;
use crate::value::moment::Moment;
use crate::world::World;

mod decision;
mod order_command;

pub(crate) use decision::{Decision, Verdict};
pub(crate) use order_command::{Existing, Found, OrderCommand};

/// A request to a participant.
pub(crate) trait Rpc: prost::Message + Clone + 'static {
    /// The response message.
    type Answer: Send + 'static;
    /// The method that takes this message.
    const METHOD: Method;

    /// Whether it is a query or a command, and a command's key.
    fn kind(&self) -> Kind<'_>;

    /// The order it is about; empty where it names none.
    fn order_id(&self) -> &str;

    /// The request without its key: two requests with equal remainders ask for the same.
    fn without_key(self) -> Self {
        self
    }

    /// The time that the participant takes to answer, injected delays aside.
    fn latency(&self, _world: &World) -> Duration {
        Duration::ZERO
    }

    /// The outcome. Pure: nothing changes until the returned changes are applied.
    fn decide(&self, world: &World, attempt: Attempt) -> Decision<Self::Answer>;
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// Reads only, and needs no key.
    Query,
    /// Acts for the order that it names.
    OrderCommand { key: &'a str },
    /// Acts, and its message has no field for an order.
    Command { key: &'a str },
}

/// The circumstances of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// The time of the decision.
    pub(crate) now: Moment,
    /// The digest of the request without its key.
    pub(crate) content: Digest,
    /// Whether a request with this key and this content already acted.
    pub(crate) repeated: bool,
}
