//! The order service: books seats by a persistent saga, makes retries safe, keeps the books.
//!
//! One room per concern; `docs/architecture.md` draws who may call whom.

pub mod app;
pub mod error;
pub mod idempotency;
pub mod order;
pub mod participant;
pub mod saga;
pub mod sandbox;
pub mod store;
pub mod vault;
