//! Plain values that the participants share: amounts, moments, digests, the names of methods, and refusals.
//!
//! Knows no participant's records and no transport beyond the gRPC status that a refusal becomes.

pub(crate) mod currency;
pub(crate) mod digest;
pub(crate) mod method;
pub(crate) mod moment;
pub(crate) mod money;
pub(crate) mod refusal;
