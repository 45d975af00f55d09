//! Settings of idempotency keys.

use std::time::Duration;

use clap::{ArgAction, Args};
use order_settings::value;

use super::database::Database;
use super::redis_address::RedisAddress;

/// How idempotency keys work.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(id = "keys")]
#[command(next_help_heading = "Idempotency keys")]
pub struct Keys {
    /// How long keys are kept
    ///
    /// Must be a duration of at least `1s`
    #[arg(long, env = "IDEMPOTENCY_TTL", default_value = "24h", value_parser = value::duration_of_seconds)]
    pub ttl: Duration,
    /// Whether requests that change something are refused without a key
    ///
    /// Must be `true` or `false`
    #[arg(long, env = "IDEMPOTENCY_REQUIRED", default_value_t = false, action = ArgAction::Set)]
    pub required: bool,
}

/// The fast tier of idempotency keys.
#[derive(Debug, Clone, Args)]
#[group(id = "tier")]
#[command(next_help_heading = "Idempotency keys")]
pub(super) struct Tier {
    /// Redis that holds the claims of idempotency keys for all replicas
    ///
    /// Must be `host:port`, or a `redis://` or `rediss://` URL
    ///
    /// Default: `localhost:6379` when POSTGRES_URL is set, otherwise none
    #[arg(long, env = "REDIS_ADDR", hide_env_values = true)]
    redis_addr: Option<RedisAddress>,
}

impl Tier {
    /// The address of Redis; none when claims are held in this process.
    pub(super) fn address(self, database: &Database) -> Option<RedisAddress> {
        match (self.redis_addr, database) {
            (Some(address), _) => Some(address),
            (None, Database::Postgres { .. }) => Some(RedisAddress::local()),
            (None, Database::Sqlite(_)) => None,
        }
    }
}
