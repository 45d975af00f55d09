//! Which headers cross the gateway, each way. Values are never looked into, repeated ones stay repeated: the service
//! judges them. Everything else stays behind.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

const INWARD: [HeaderName; 5] = [
    http::header::AUTHORIZATION,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-actor"),
];
const INWARD_PREFIX: &str = "webhook-";
/// Any other metadata, both ways: `Grpc-Metadata-X` is `x` to the service.
const PREFIX: &str = "grpc-metadata-";
/// What the protocol itself, or this side of it, says: no caller does, and no answer is shown it.
const OWN: [&str; 10] = [
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

/// The metadata of a call; an error names the header whose value is not what its name says.
pub(crate) fn inward(headers: &HeaderMap) -> Result<HeaderMap, &HeaderName> {
    let mut metadata = HeaderMap::new();
    for (name, value) in headers {
        if INWARD.contains(name) || name.as_str().starts_with(INWARD_PREFIX) {
            metadata.append(name.clone(), value.clone());
        } else if let Some(inner) = name.as_str().strip_prefix(PREFIX)
            && !is_own(inner)
            && let Ok(inner) = HeaderName::from_bytes(inner.as_bytes())
        {
            // Bytes are base64 on both sides: only whether they are is of interest here.
            if inner.as_str().ends_with("-bin") && !is_base64(value) {
                return Err(name);
            }
            metadata.append(inner, value.clone());
        }
    }
    Ok(metadata)
}

/// How large metadata is, as HTTP/2 counts.
pub(crate) fn bytes(metadata: &HeaderMap) -> usize {
    metadata
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32)
        .sum()
}

fn is_own(name: &str) -> bool {
    OWN.contains(&name) || name.starts_with("grpc-") || name.starts_with("access-control-")
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

/// The response headers that an answer's metadata asks for.
pub(crate) fn outward(metadata: &HeaderMap, headers: &mut HeaderMap) {
    for (name, value) in metadata {
        if *name == REPLAYED {
            headers.insert(REPLAYED, value.clone());
        } else if !is_own(name.as_str())
            && let Ok(name) = HeaderName::try_from(format!("{PREFIX}{name}"))
        {
            headers.append(name, value.clone());
        }
    }
}

/// What `Grpc-Timeout` says; an error when it is not as gRPC writes it, or said twice.
pub(crate) fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, ()> {
    let mut values = headers.get_all(TIMEOUT).iter();
    match (values.next(), values.next()) {
        (value, None) => value.map(parse).transpose(),
        (_, Some(_)) => Err(()),
    }
}

fn parse(value: &HeaderValue) -> Result<Duration, ()> {
    let text = value.to_str().map_err(|_| ())?;
    let (digits, unit) = text
        .split_at_checked(text.len().wrapping_sub(1))
        .ok_or(())?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    let count: u64 = digits.parse().map_err(|_| ())?;
    match unit {
        "H" => Ok(Duration::from_secs(count * 3600)),
        "M" => Ok(Duration::from_secs(count * 60)),
        "S" => Ok(Duration::from_secs(count)),
        "m" => Ok(Duration::from_millis(count)),
        "u" => Ok(Duration::from_micros(count)),
        "n" => Ok(Duration::from_nanos(count)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_reads_as_grpc_writes_it() {
        let read = |text: &'static str| parse(&HeaderValue::from_static(text));
        assert_eq!(read("100m"), Ok(Duration::from_millis(100)));
        assert_eq!(read("2H"), Ok(Duration::from_secs(7200)));
        for text in ["", "S", "1", "-1S", "123456789S", "1s", "1.5S"] {
            assert_eq!(read(text), Err(()), "{text}");
        }
    }

    #[test]
    fn a_repeated_key_crosses_as_two_and_cookies_do_not() {
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
        let metadata = inward(&headers).expect("nothing says that it is base64");
        assert_eq!(metadata["colour"], "red");
        assert!(!metadata.contains_key("grpc-timeout") && !metadata.contains_key("te"));
        assert_eq!(metadata.get_all("idempotency-key").iter().count(), 2);
        assert!(metadata.contains_key("webhook-id"));
        assert!(!metadata.contains_key("cookie"));
    }

    #[test]
    fn metadata_of_bytes_is_base64_with_or_without_padding() {
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
