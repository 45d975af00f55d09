//! The address of Redis, parsed once. Never shown: it may contain a password.

use std::fmt;
use std::str::FromStr;

use super::credentials;
use redis::{ConnectionInfo, IntoConnectionInfo as _};

/// Where Redis runs on this machine.
const LOCAL: &str = "localhost:6379";

/// Where Redis listens, and the credentials for it.
#[derive(Clone)]
pub struct RedisAddress(ConnectionInfo);

/// The text is not an address of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("REDIS_ADDR must be `host:port`, or a `redis://` or `rediss://` URL")]
pub struct InvalidRedisAddress;

impl RedisAddress {
    /// Redis on this machine, at its usual port.
    pub fn local() -> Self {
        LOCAL.parse().expect("the constant is an address")
    }

    /// What the client of Redis needs to connect.
    pub fn connection_info(&self) -> ConnectionInfo {
        self.0.clone()
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Takes `host:port` (IPv6 in brackets), or a `redis://` or `rediss://` URL.
impl FromStr for RedisAddress {
    type Err = InvalidRedisAddress;

    fn from_str(address: &str) -> Result<Self, InvalidRedisAddress> {
        let info = match address.split_once("://") {
            Some(_) if !credentials::are_escaped(address) => return Err(InvalidRedisAddress),
            Some(("redis" | "rediss", _)) => address.into_connection_info(),
            Some(_) => return Err(InvalidRedisAddress),
            None => host_and_port(address)
                .ok_or(InvalidRedisAddress)?
                .into_connection_info(),
        };
        info.map(Self).map_err(|_| InvalidRedisAddress)
    }
}

fn host_and_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let bare = bracketed.unwrap_or(host);
    let plain = !bare.is_empty()
        && !bare.contains(|c: char| c.is_whitespace() || "/@[]?#".contains(c))
        && (bracketed.is_some() || !bare.contains(':'));
    plain.then_some((bare, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_or_a_url() {
        for (address, expected) in [
            ("localhost:6379", "localhost:6379"),
            ("127.0.0.1:7000", "127.0.0.1:7000"),
            ("[::1]:6379", "::1:6379"),
            ("redis://cache:6380/2", "cache:6380"),
            ("redis://cache", "cache:6379"),
            ("rediss://user:pass@cache:6380", "cache:6380"),
        ] {
            let parsed: RedisAddress = address.parse().expect(address);
            assert_eq!(parsed.connection_info().addr().to_string(), expected);
            assert_eq!(format!("{parsed:?}"), "[secret]");
        }
    }

    #[test]
    fn anything_else_names_the_setting_and_shows_nothing() {
        for address in [
            "",
            "localhost",
            ":6379",
            "localhost:",
            "localhost:0",
            "localhost:99999",
            "::1:6379",
            "a b:6379",
            "user:pass@host:6379",
            "http://localhost:6379",
            "unix:///run/redis.sock",
            "redis://",
            "redis://host:99999",
            "redis://host/not-a-number",
        ] {
            let error = address.parse::<RedisAddress>().expect_err(address);
            let shown = error.to_string();
            assert!(shown.contains("REDIS_ADDR") && !shown.contains("pass"));
        }
    }
}
