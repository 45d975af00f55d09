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
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The metadata of a call.
pub(crate) fn inward(headers: &HeaderMap) -> HeaderMap {
    let mut metadata = HeaderMap::new();
    for (name, value) in headers {
        if INWARD.contains(name) || name.as_str().starts_with(INWARD_PREFIX) {
            metadata.append(name.clone(), value.clone());
        }
    }
    metadata
}

/// The response headers that an answer's metadata asks for.
pub(crate) fn outward(metadata: &HeaderMap, headers: &mut HeaderMap) {
    if let Some(value) = metadata.get(REPLAYED) {
        headers.insert(REPLAYED, value.clone());
    }
}

/// What `Grpc-Timeout` says; an error when it is not as gRPC writes it.
pub(crate) fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, ()> {
    headers.get(TIMEOUT).map(parse).transpose()
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
        let metadata = inward(&headers);
        assert_eq!(metadata.get_all("idempotency-key").iter().count(), 2);
        assert!(metadata.contains_key("webhook-id"));
        assert!(!metadata.contains_key("cookie"));
    }
}
