//! The headers that the gateway forwards, in both directions. Values are forwarded unchanged and repeated headers stay
//! repeated, because the service validates them. All other headers are dropped.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::limits::METADATA_RETURNED_BYTES_MAX;

const INWARD: [HeaderName; 6] = [
    http::header::AUTHORIZATION,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-actor"),
    // Not read by the service, which warns about it.
    HeaderName::from_static("x-idempotency-key"),
];
const INWARD_PREFIX: &str = "webhook-";
/// The bytes that HTTP/2 counts for each entry besides its name and value.
const ENTRY_BYTES: usize = 32;
/// The prefix of any other metadata, in both directions: `Grpc-Metadata-X` is the service's metadata `x`.
const PREFIX: &str = "grpc-metadata-";
/// Headers of the protocol or of the gateway itself. They are forwarded in neither direction.
const RESERVED: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "date",
    "host",
    "server",
    "te",
    "transfer-encoding",
    "user-agent",
    "vary",
];
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The metadata of a call, from a request's headers.
///
/// # Errors
/// The name of a `-bin` header whose value is not base64.
pub(crate) fn inward(headers: &HeaderMap) -> Result<HeaderMap, &HeaderName> {
    let mut metadata = HeaderMap::new();
    for (name, value) in headers {
        if INWARD.contains(name) || name.as_str().starts_with(INWARD_PREFIX) {
            metadata.append(name.clone(), value.clone());
        } else if let Some(inner) = name.as_str().strip_prefix(PREFIX)
            && !is_reserved(inner)
            && let Ok(inner) = HeaderName::from_bytes(inner.as_bytes())
        {
            // Binary metadata is base64 on both sides, so it is checked and not converted.
            if inner.as_str().ends_with("-bin") && !is_base64(value) {
                return Err(name);
            }
            metadata.append(inner, value.clone());
        }
    }
    Ok(metadata)
}

/// The size of metadata in bytes, as HTTP/2 counts it: 32 more for each entry.
pub(crate) fn bytes(metadata: &HeaderMap) -> usize {
    metadata
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ENTRY_BYTES)
        .sum()
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name.starts_with("grpc-") || name.starts_with("access-control-")
}

fn is_base64(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let data = &bytes[..bytes.len() - padding];
    padding <= 2
        && data.len() % 4 != 1
        && (padding == 0 || bytes.len().is_multiple_of(4))
        && data
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Adds the metadata of an answer to a response's headers, as much as [`METADATA_RETURNED_BYTES_MAX`] allows.
pub(crate) fn outward(metadata: &HeaderMap, headers: &mut HeaderMap) {
    let mut room = METADATA_RETURNED_BYTES_MAX;
    for (name, value) in metadata {
        let entry = PREFIX.len() + name.as_str().len() + value.len() + ENTRY_BYTES;
        if entry > room {
            tracing::debug!(%name, "metadata of the answer is too large for a header");
            continue;
        }
        room -= entry;
        if [REPLAYED, http::header::WARNING].contains(name) {
            headers.insert(name.clone(), value.clone());
        } else if !is_reserved(name.as_str())
            && let Ok(name) = HeaderName::try_from(format!("{PREFIX}{name}"))
        {
            headers.append(name, value.clone());
        }
    }
}

/// A `grpc-timeout` that is not in gRPC's format, or is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one value of up to 8 digits and a unit, as in 500m")]
pub struct MalformedTimeout;

/// The value of `grpc-timeout`.
///
/// # Errors
/// [`MalformedTimeout`].
pub fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, MalformedTimeout> {
    let mut values = headers.get_all(TIMEOUT).iter();
    match (values.next(), values.next()) {
        (value, None) => value.map(parse).transpose(),
        (_, Some(_)) => Err(MalformedTimeout),
    }
}

fn parse(value: &HeaderValue) -> Result<Duration, MalformedTimeout> {
    let text = value.to_str().map_err(|_| MalformedTimeout)?;
    let (digits, unit) = text
        .split_at_checked(text.len().wrapping_sub(1))
        .ok_or(MalformedTimeout)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MalformedTimeout);
    }
    let count: u64 = digits.parse().map_err(|_| MalformedTimeout)?;
    match unit {
        "H" => Ok(Duration::from_secs(count * 3600)),
        "M" => Ok(Duration::from_secs(count * 60)),
        "S" => Ok(Duration::from_secs(count)),
        "m" => Ok(Duration::from_millis(count)),
        "u" => Ok(Duration::from_micros(count)),
        "n" => Ok(Duration::from_nanos(count)),
        _ => Err(MalformedTimeout),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_parsed_in_grpcs_format() {
        let read = |text: &'static str| parse(&HeaderValue::from_static(text));
        assert_eq!(read("100m"), Ok(Duration::from_millis(100)));
        assert_eq!(read("2H"), Ok(Duration::from_secs(7200)));
        for text in ["", "S", "1", "-1S", "123456789S", "1s", "1.5S"] {
            assert_eq!(read(text), Err(MalformedTimeout), "{text}");
        }
    }

    #[test]
    fn a_repeated_key_is_forwarded_twice_and_cookies_are_dropped() {
        let mut headers = HeaderMap::new();
        headers.append("idempotency-key", HeaderValue::from_static("a"));
        headers.append(
            "idempotency-key",
            HeaderValue::from_bytes(b"\xff").expect("opaque bytes are allowed"),
        );
        headers.append("webhook-id", HeaderValue::from_static("w"));
        headers.append("cookie", HeaderValue::from_static("c"));
        headers.append("grpc-metadata-colour", HeaderValue::from_static("red"));
        headers.append("grpc-metadata-grpc-timeout", HeaderValue::from_static("1n"));
        headers.append("grpc-metadata-te", HeaderValue::from_static("x"));
        let metadata = inward(&headers).expect("no name ends in -bin");
        assert_eq!(metadata["colour"], "red");
        assert!(!metadata.contains_key("grpc-timeout") && !metadata.contains_key("te"));
        assert_eq!(metadata.get_all("idempotency-key").iter().count(), 2);
        assert!(metadata.contains_key("webhook-id"));
        assert!(!metadata.contains_key("cookie"));
    }

    #[test]
    fn binary_metadata_is_base64_with_or_without_padding() {
        for (value, good) in [
            ("", true),
            ("AQ==", true),
            ("AQ", true),
            ("AQI", true),
            ("AQI=", true),
            ("A", false),
            ("AQ=", false),
            ("AQ===", false),
            ("A-I=", false),
            ("====", false),
        ] {
            assert_eq!(is_base64(&HeaderValue::from_static(value)), good, "{value}");
        }
    }
}
