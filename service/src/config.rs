//! The settings of the service, read once and typed before any port is bound.
//!
//! Owns the name, default and rule of every setting that only the service has; those that the gateway has too come from
//! `order_settings` and `order_telemetry`. Does not know what the settings are used for, and never shows a secret.

mod contradictions;
mod credentials;
mod database;
mod engine;
mod keys;
mod listing;
mod load;
mod mode;
mod participants;
mod prices;
mod redis_address;
mod secret_file;
mod secrets;
mod section;
mod server;
mod settings;

pub use database::Database;
pub use engine::Engine;
pub use keys::Keys;
pub use listing::{Reader, effective};
pub use load::{Config, grpc_addr, host, redis, signing_secret, telemetry, webhook_secret};
pub use mode::Mode;
pub use participants::{Participants, addresses};
pub use redis_address::{InvalidRedisAddress, RedisAddress};
pub use settings::{help, markdown};

#[cfg(test)]
mod tests;
