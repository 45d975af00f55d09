//! Connections to Redis for the pool. One from before the last outage is discarded without a round trip.

use std::fmt;
use std::sync::Arc;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::TcpSettings;
use ::redis::{ConnectionInfo, ErrorKind, RedisError};
use bb8_redis::RedisConnectionManager;
use bb8_redis::bb8::ManageConnection;

use super::health::Health;
use crate::config::InvalidRedisAddress;

/// Opens connections for the pool.
pub(super) struct Dialer {
    redis: RedisConnectionManager,
    health: Arc<Health>,
}

impl Dialer {
    pub(super) fn new(
        info: ConnectionInfo,
        health: Arc<Health>,
    ) -> Result<Self, InvalidRedisAddress> {
        // A script is one small packet: it must not wait for the acknowledgement of the one before.
        let at_once = TcpSettings::default().set_nodelay(true);
        let info = info.set_tcp_settings(at_once);
        let redis = RedisConnectionManager::new(info).map_err(|_| InvalidRedisAddress)?;
        Ok(Self { redis, health })
    }
}

pub(super) struct Link {
    pub(super) connection: MultiplexedConnection,
    /// Set during a call, and left set by a failed one.
    pub(super) broken: bool,
    epoch: u64,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("broken", &self.broken)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl ManageConnection for Dialer {
    type Connection = Link;
    type Error = RedisError;

    async fn connect(&self) -> Result<Link, RedisError> {
        let epoch = self.health.epoch();
        Ok(Link {
            connection: self.redis.connect().await?,
            broken: false,
            epoch,
        })
    }

    async fn is_valid(&self, link: &mut Link) -> Result<(), RedisError> {
        if link.epoch == self.health.epoch() {
            return Ok(());
        }
        Err((ErrorKind::Io, "a connection from before Redis went away").into())
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.broken
    }
}
