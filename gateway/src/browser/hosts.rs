//! The host names that a request may use for a listener, and the one that it used. Knows no origins.

use std::net::IpAddr;
use std::str::FromStr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri, Version};

/// Host names, without ports, that a listener on a loopback address accepts besides the names of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

/// Text that is not a host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` is not a host name without a port")]
pub struct InvalidHost {
    host: String,
}

/// Parses host names separated by commas.
impl FromStr for Hosts {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let hosts = text.split(',').map(|host| {
            let host = host.trim();
            let parsed: Option<Authority> = host.parse().ok();
            parsed
                .filter(|authority| authority.host() == host && !host.is_empty())
                .map(|authority| normal(authority.host()))
                .ok_or_else(|| InvalidHost {
                    host: host.to_owned(),
                })
        });
        hosts.collect::<Result<_, _>>().map(Self)
    }
}

impl Hosts {
    /// Whether a listener on a loopback address accepts this host.
    pub(super) fn allow(&self, host: &str) -> bool {
        let host = normal(host);
        is_loopback(&host) || self.0.contains(&host)
    }
}

/// `localhost`, a name below it, or a loopback address; all of them lead to this machine whatever a name server says.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = normal(host);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Host names are compared without case and without the dot of a fully qualified name.
fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// A request whose `Host` is missing, repeated or malformed, or contradicts `:authority`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// The host and port that a request used; none for HTTP/1.0 without `Host`.
///
/// HTTP/1.1 has exactly one valid `Host` (RFC 9112, 3.2). HTTP/2 has `:authority`, which a `Host` may only repeat.
pub(super) fn authority(
    version: Version,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Authority>, Malformed> {
    let mut values = headers.get_all(HOST).iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(Malformed);
    }
    let named = first
        .map(|value| {
            value
                .to_str()
                .map_err(|_| Malformed)?
                .parse()
                .map_err(|_| Malformed)
        })
        .transpose()?;
    if named
        .as_ref()
        .is_some_and(|it: &Authority| it.as_str().contains('@') || it.host().is_empty())
    {
        return Err(Malformed);
    }
    match (named, uri.authority().cloned(), version) {
        (None, None, Version::HTTP_11) => Err(Malformed),
        // An absolute target of HTTP/1.1 replaces the value of `Host`.
        (Some(_), target @ Some(_), Version::HTTP_11) => Ok(target),
        (None, Some(_), Version::HTTP_11) => Err(Malformed),
        (Some(named), Some(target), _) if !named.as_str().eq_ignore_ascii_case(target.as_str()) => {
            Err(Malformed)
        }
        (named, target, _) => Ok(target.or(named)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn names_of_this_machine_are_accepted_and_others_when_they_are_listed() {
        let hosts: Hosts = "shop.example, Proxy.internal".parse().expect("host names");
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(hosts.allow(host), "{host}");
        }
        assert!(hosts.allow("shop.example") && hosts.allow("proxy.internal"));
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "",
        ] {
            assert!(!hosts.allow(host), "{host}");
        }
        for malformed in ["", "a.example:80", "http://a.example", "a.example,", "*"] {
            assert!(
                malformed.parse::<Hosts>().is_err() || malformed == "*",
                "{malformed}"
            );
        }
    }

    fn used(version: Version, target: &str, hosts: &[&str]) -> Result<Option<String>, Malformed> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).expect("ASCII"));
        }
        let uri = target.parse().expect("a target");
        let found = authority(version, &uri, &headers)?;
        Ok(found.map(|authority| authority.to_string()))
    }

    #[test]
    fn a_request_has_exactly_one_valid_host() {
        let one = Version::HTTP_11;
        assert_eq!(
            used(one, "/", &["a.example:80"]),
            Ok(Some("a.example:80".to_owned()))
        );
        assert_eq!(
            used(one, "http://b.example/", &["a"]),
            Ok(Some("b.example".to_owned()))
        );
        for hosts in [
            &[][..],
            &["a", "a"],
            &["a", "b"],
            &[""],
            &["a b"],
            &["u@a"],
            &["a/b"],
            &[":80"],
        ] {
            assert_eq!(used(one, "/", hosts), Err(Malformed), "{hosts:?}");
        }
        assert_eq!(used(Version::HTTP_10, "/", &[]), Ok(None));
        let two = Version::HTTP_2;
        assert_eq!(used(two, "http://a/", &[]), Ok(Some("a".to_owned())));
        assert_eq!(used(two, "http://a/", &["a"]), Ok(Some("a".to_owned())));
        assert_eq!(used(two, "http://a/", &["b"]), Err(Malformed));
    }
}
