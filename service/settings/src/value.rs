//! Values that more than one setting has: durations, addresses. Each function accepts or refuses; the rule's text
//! belongs to the setting.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use url::{Host, Url};

/// The value breaks the rule of its setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value breaks the rule of its setting")]
pub struct Refused;

/// A duration such as `500ms`, `2s`, `15m`, `24h` or `1h 30m`, zero included.
///
/// # Errors
/// When the text is not a duration.
pub fn duration(text: &str) -> Result<Duration, Refused> {
    // `humantime` takes a bare zero; a number without a unit is refused here as any other.
    let with_unit = text.ends_with(|last: char| !last.is_ascii_digit());
    let parsed = humantime::parse_duration(text).map_err(|_| Refused)?;
    with_unit.then_some(parsed).ok_or(Refused)
}

/// A duration of at least 1 ms.
///
/// # Errors
/// When the text is not such a duration.
pub fn positive_duration(text: &str) -> Result<Duration, Refused> {
    at_least(text, Duration::from_millis(1))
}

/// A duration of at least 1 s.
///
/// # Errors
/// When the text is not such a duration.
pub fn duration_of_seconds(text: &str) -> Result<Duration, Refused> {
    at_least(text, Duration::from_secs(1))
}

fn at_least(text: &str, least: Duration) -> Result<Duration, Refused> {
    duration(text).and_then(|span| {
        if span >= least {
            Ok(span)
        } else {
            Err(Refused)
        }
    })
}

/// `http://host:port` or `https://host:port`, returned without a trailing slash.
///
/// # Errors
/// When the URL has another scheme, or also a user, a path, a query or a fragment.
pub fn http_address(text: &str) -> Result<String, Refused> {
    let url = Url::parse(text).map_err(|_| Refused)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(Refused);
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether the URL is the address of a process that listens on this host and port. A process that calls itself is
/// configured by mistake.
pub fn is_own_address(url: &str, host: IpAddr, port: u16) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let ip = match url.host() {
        Some(Host::Domain("localhost")) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(_)) | None => return false,
    };
    let is_own_host = ip == host || (ip.is_loopback() && host.is_unspecified());
    port != 0 && is_own_host && url.port_or_known_default() == Some(port)
}

/// An IP address, or `localhost`, which is 127.0.0.1.
///
/// # Errors
/// When the text is neither.
pub fn ip_address(text: &str) -> Result<IpAddr, Refused> {
    match text {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        _ => text.parse().map_err(|_| Refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_unit_is_a_duration() {
        for (text, millis) in [
            ("500ms", 500),
            ("0s", 0),
            ("2s", 2_000),
            ("15m", 900_000),
            ("24h", 86_400_000),
            ("1h 30m", 5_400_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_process_knows_its_own_address() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        let every: IpAddr = Ipv4Addr::UNSPECIFIED.into();
        for (url, host, port, own) in [
            ("http://127.0.0.1:8084", loopback, 8084, true),
            ("http://localhost:8084", loopback, 8084, true),
            ("http://127.0.0.1:8084", every, 8084, true),
            ("https://127.0.0.1", loopback, 443, true),
            (
                "http://[::1]:8084",
                "::1".parse().expect("an address"),
                8084,
                true,
            ),
            ("http://127.0.0.1:8085", loopback, 8084, false),
            ("http://127.0.0.2:8084", loopback, 8084, false),
            ("http://orders:8084", loopback, 8084, false),
            ("http://127.0.0.1:0", loopback, 0, false),
        ] {
            assert_eq!(
                is_own_address(url, host, port),
                own,
                "{url} on {host}:{port}"
            );
        }
    }

    #[test]
    fn anything_else_is_not_a_duration() {
        for text in ["", "0", "10", "s", "-1s", "soon", "99999999999999999999s"] {
            assert_eq!(duration(text), Err(Refused), "{text}");
        }
        assert_eq!(positive_duration("0s"), Err(Refused));
        assert_eq!(duration_of_seconds("999ms"), Err(Refused));
        assert_eq!(duration_of_seconds("1s"), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_nothing_behind() {
        assert_eq!(http_address("http://a:1/"), Ok("http://a:1".to_owned()));
        assert_eq!(
            http_address("https://[::1]:1"),
            Ok("https://[::1]:1".to_owned())
        );
        for text in [
            "a:1",
            "ftp://a",
            "http://u@a",
            "http://a/b",
            "http://a?b",
            "http://",
        ] {
            assert_eq!(http_address(text), Err(Refused), "{text}");
        }
    }

    #[test]
    fn localhost_is_an_address_and_other_names_are_not() {
        assert_eq!(ip_address("localhost").map(|ip| ip.is_loopback()), Ok(true));
        assert_eq!(ip_address("::1").map(|ip| ip.is_loopback()), Ok(true));
        assert_eq!(ip_address("example.com"), Err(Refused));
    }
}
