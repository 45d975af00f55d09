//! The order service: books seats by a persistent saga, makes retries safe, keeps the books.
//!
//! One room per concern; `docs/architecture.md` draws who may call whom.

pub mod app;
pub mod audit;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod error;
pub mod idempotency;
pub mod middleware;
pub mod participant;
pub mod plans;
pub mod rpc;
pub mod saga;
pub mod server;
pub mod store;
pub mod supervise;
pub mod vault;
