//! A parsed command of an rpc that waits for its order.

use std::time::Duration;

/// A command, and how long its caller wants to wait. Idempotency key and caller are not part of the message: `call` adds
/// them.
#[derive(Debug)]
pub(in crate::rpc) struct Waiting<C> {
    pub(in crate::rpc) command: C,
    /// None where the request does not set it.
    pub(in crate::rpc) wait: Option<Duration>,
}
