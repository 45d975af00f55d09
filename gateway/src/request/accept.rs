//! Parses `Accept`: the media types that a caller names, and those that it refuses. Chooses no format.

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether the caller names exactly that type, without `q=0`. Wildcards do not count.
pub(crate) fn names(headers: &HeaderMap, wanted: &str) -> bool {
    ranges(headers).any(|(range, refused)| !refused && range.eq_ignore_ascii_case(wanted))
}

/// Whether the caller accepts at least one of the offered types. For each type, the most specific range decides. A
/// request without `Accept` accepts every type.
pub(crate) fn admits(headers: &HeaderMap, offered: &[&str]) -> bool {
    let ranges: Vec<_> = ranges(headers)
        .filter(|(range, _)| !range.is_empty())
        .collect();
    let accepts = |offer: &&str| {
        let decisions = ranges.iter().filter_map(|(range, refused)| {
            let precision = precision(range, offer)?;
            Some((precision, !refused))
        });
        decisions.max().is_some_and(|(_, accepted)| accepted)
    };
    ranges.is_empty() || offered.iter().any(accepts)
}

/// The precision of a range that covers `offer`: 0 for `*/*`, 1 for `type/*`, 2 for the type; none when it does not.
fn precision(range: &str, offer: &str) -> Option<u8> {
    let main = |name: &str| {
        name.split_once('/')
            .map(|(main, _)| main.to_ascii_lowercase())
    };
    match range.strip_suffix("/*") {
        Some("*") => Some(0),
        Some(_) if main(range) == main(offer) => Some(1),
        None if offer.eq_ignore_ascii_case(range) => Some(2),
        Some(_) | None => None,
    }
}

/// Each media range of `Accept`, and whether `q=0` refuses it.
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (&str, bool)> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            (name, parts.any(is_zero))
        })
}

/// Whether the parameter is `q=0`, with up to three decimals.
fn is_zero(parameter: &str) -> bool {
    parameter
        .strip_prefix("q=0")
        .or_else(|| parameter.strip_prefix("Q=0"))
        .is_some_and(|rest| matches!(rest, "" | "." | ".0" | ".00" | ".000"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_type_is_named_unless_it_is_refused() {
        let names_events = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            names(&headers, "text/event-stream")
        };
        assert!(names_events("text/event-stream"));
        assert!(names_events("application/json, TEXT/Event-Stream;q=0.5"));
        assert!(!names_events("text/event-stream; q=0.0"));
        assert!(!names_events("*/*"));
        assert!(!names(&HeaderMap::new(), "text/event-stream"));
    }

    #[test]
    fn the_most_specific_range_decides_and_no_range_accepts_everything() {
        let admits_json = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            admits(&headers, &["application/json"])
        };
        assert!(admits(&HeaderMap::new(), &["application/json"]));
        for accept in [
            "",
            "*/*",
            "text/html, application/*;q=0.1",
            "Application/JSON",
            "application/*;q=0, application/json",
        ] {
            assert!(admits_json(accept), "{accept}");
        }
        for accept in [
            "text/html",
            "application/json;q=0",
            "text/*, image/png",
            "*/*, application/json;q=0",
            "application/*;q=0, */*",
        ] {
            assert!(!admits_json(accept), "{accept}");
        }
    }
}
