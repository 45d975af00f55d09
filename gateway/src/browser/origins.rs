//! The origins whose pages may use a listener: their forms in a setting, and whether one is allowed. Knows no requests.

use std::str::FromStr;

use http::{HeaderValue, Uri};

use super::hosts;

/// The origins whose pages may use a listener. Credentials are never allowed: no listener uses cookies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    /// Origins on `localhost`, `127.0.0.1` or `[::1]`, with any port.
    Loopback,
    /// The listed origins, as browsers send them: `https://shop.example`.
    List(Vec<HeaderValue>),
    Any,
}

/// Text that is not an origin as browsers send it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{origin}` is not https://host")]
pub struct InvalidOrigin {
    origin: String,
}

/// Parses `*`, `none`, or a list of origins separated by commas.
impl FromStr for Origins {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        match text {
            "*" => return Ok(Self::Any),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let origins = text.split(',').map(|origin| {
            let origin = origin.trim();
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            host.filter(|host| !host.is_empty() && !host.contains('/'))
                .and_then(|_| HeaderValue::from_str(origin).ok())
                .ok_or_else(|| InvalidOrigin {
                    origin: origin.to_owned(),
                })
        });
        origins.collect::<Result<_, _>>().map(Self::List)
    }
}

impl Origins {
    pub(super) fn allow(&self, origin: &HeaderValue) -> bool {
        match self {
            Self::None => false,
            Self::Loopback => is_loopback(origin),
            Self::List(origins) => origins.contains(origin),
            Self::Any => true,
        }
    }
}

fn is_loopback(origin: &HeaderValue) -> bool {
    let uri = origin
        .to_str()
        .ok()
        .and_then(|text| text.parse::<Uri>().ok());
    uri.as_ref()
        .and_then(Uri::host)
        .is_some_and(hosts::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_parsed_as_any_none_or_a_list() {
        assert_eq!("*".parse(), Ok(Origins::Any));
        assert_eq!("none".parse(), Ok(Origins::None));
        let list = "https://a.example, http://b.example:8080".parse();
        let listed = ["https://a.example", "http://b.example:8080"];
        assert_eq!(
            list,
            Ok(Origins::List(listed.map(HeaderValue::from_static).to_vec()))
        );
        for refused in [
            "shop.example",
            "https://shop.example/",
            "https://a.example,",
        ] {
            assert!(refused.parse::<Origins>().is_err(), "{refused}");
        }
    }

    #[test]
    fn a_loopback_origin_is_recognized_by_its_host_alone() {
        for (origin, expected) in [
            ("http://localhost:3000", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:8080", true),
            ("http://shop.localhost:8080", true),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example:80", false),
            ("http://evil.example?localhost", false),
            ("null", false),
        ] {
            let origin = HeaderValue::from_static(origin);
            assert_eq!(is_loopback(&origin), expected, "{origin:?}");
        }
    }
}
