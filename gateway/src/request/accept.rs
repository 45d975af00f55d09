//! Reads `Accept`: which media types a caller names, and which it refuses. Decides no format.

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether the caller names exactly that type, and does not refuse it.
pub(crate) fn names(headers: &HeaderMap, wanted: &str) -> bool {
    ranges(headers).any(|(range, refused)| !refused && range.eq_ignore_ascii_case(wanted))
}

/// Whether the caller takes any of those types: of each, the range that says most decides. Who asks for nothing takes
/// anything.
pub(crate) fn admits(headers: &HeaderMap, offered: &[&str]) -> bool {
    let asked: Vec<_> = ranges(headers)
        .filter(|(range, _)| !range.is_empty())
        .collect();
    let taken = |offer: &&str| {
        let said = asked.iter().filter_map(|(range, refused)| {
            let precision = precision(range, offer)?;
            Some((precision, !refused))
        });
        said.max().is_some_and(|(_, taken)| taken)
    };
    asked.is_empty() || offered.iter().any(taken)
}

/// How precisely a range covers a type; none where it does not.
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

/// Every media range that `Accept` lists, with whether `q=0` refuses it.
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

/// `q=0`, with up to three more zeros.
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
    fn whoever_asks_for_nothing_takes_anything() {
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
