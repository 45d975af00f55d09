//! Connections: how pools are opened, transactions begun, and every call to the database bounded.
//!
//! Knows no table.

mod call;
mod open;
mod sessions;
mod transaction;

pub use open::{Settings, Url};

pub(crate) use call::{ANSWER_WAIT, bounded, bounded_query, span};
pub(crate) use open::{POSTGRES_WRITERS, Pools, open};
pub(crate) use transaction::begin;
