//! Reads `REDIS_ADDR`. Never shows it: it may hold a password.

use ::redis::{ConnectionInfo, IntoConnectionInfo as _};

/// `REDIS_ADDR` is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("REDIS_ADDR must be host:port, or a redis:// or rediss:// URL")]
pub struct InvalidAddress;

/// Takes `host:port` (IPv6 in brackets), or a `redis://` or `rediss://` URL.
pub(super) fn parse(address: &str) -> Result<ConnectionInfo, InvalidAddress> {
    if let Some((scheme, _)) = address.split_once("://") {
        if !matches!(scheme, "redis" | "rediss") {
            return Err(InvalidAddress);
        }
        return address.into_connection_info().map_err(|_| InvalidAddress);
    }
    let (host, port) = address.rsplit_once(':').ok_or(InvalidAddress)?;
    let port: u16 = port.parse().map_err(|_| InvalidAddress)?;
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let bare = bracketed.unwrap_or(host);
    let plain = !bare.is_empty()
        && !bare.contains(|c: char| c.is_whitespace() || "/@[]?#".contains(c))
        && (bracketed.is_some() || !bare.contains(':'));
    if port == 0 || !plain {
        return Err(InvalidAddress);
    }
    (bare, port)
        .into_connection_info()
        .map_err(|_| InvalidAddress)
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
            let info = parse(address).expect(address);
            assert_eq!(info.addr().to_string(), expected);
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
            let error = parse(address).expect_err(address);
            let shown = error.to_string();
            assert!(shown.contains("REDIS_ADDR") && !shown.contains("pass"));
        }
    }
}
