//! Reads `Accept`: which media types a caller names, and which it refuses. Decides no format.

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether the caller names exactly that type, and does not refuse it.
pub(crate) fn names(headers: &HeaderMap, wanted: &str) -> bool {
    ranges(headers).any(|(range, refused)| !refused && range.eq_ignore_ascii_case(wanted))
}

/// Whether the caller takes any of those types. Who takes our errors takes what they are instead of.
pub(crate) fn takes(headers: &HeaderMap, offered: &[&str]) -> bool {
    let mut asked = false;
    for (range, refused) in ranges(headers) {
        if range.is_empty() {
            continue;
        }
        asked = true;
        let covers = |offer: &&str| match range.strip_suffix("/*") {
            Some("*") => true,
            Some(main) => offer
                .split_once('/')
                .is_some_and(|(of_offer, _)| of_offer.eq_ignore_ascii_case(main)),
            None => offer.eq_ignore_ascii_case(range),
        };
        if !refused && offered.iter().any(covers) {
            return true;
        }
    }
    !asked
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
        let takes_json = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            takes(&headers, &["application/json"])
        };
        assert!(takes(&HeaderMap::new(), &["application/json"]));
        for accept in [
            "",
            "*/*",
            "text/html, application/*;q=0.1",
            "Application/JSON",
        ] {
            assert!(takes_json(accept), "{accept}");
        }
        for accept in ["text/html", "application/json;q=0", "text/*, image/png"] {
            assert!(!takes_json(accept), "{accept}");
        }
    }
}
