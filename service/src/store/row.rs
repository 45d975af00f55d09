//! Converts between database rows and domain types.
//!
//! Encoding cannot fail. Decoding fails with `Error::Corrupt`, which names the row and the problem.

mod body;
mod delivery;
mod encoding;
mod history;
mod key;
mod ledger;
mod order;
mod saga;

pub(crate) use delivery::{from_delivery, to_delivery};
pub(crate) use encoding::text;
pub(crate) use history::{from_history, parked, to_history};
pub(crate) use key::{from_key, to_key};
pub(crate) use ledger::{from_entry, to_entry};
pub(crate) use order::{from_order, to_order};
pub(crate) use saga::{from_saga, from_successor, to_saga, to_saga_or_placeholder};
