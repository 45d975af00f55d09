//! The tables as sea-orm sees them. They never leave `store`; `row` turns them into what the domain knows.

// The derives write `pub` items, which nothing outside `store` can reach.
#![allow(unreachable_pub)]

pub mod delivery;
pub mod history;
pub mod key;
pub mod ledger;
pub mod order;
pub mod saga;
pub mod webhook;
