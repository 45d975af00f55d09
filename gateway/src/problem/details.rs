//! Encodes the details of a `google.rpc.Status`, and decodes those that a header depends on. Knows no HTTP and no JSON.

use crate::json::wire::{self, Cursor, Raw, last_bytes};

const TYPE_PREFIX: &str = "type.googleapis.com/";
const ERROR_INFO: &str = "google.rpc.ErrorInfo";
const BAD_REQUEST: &str = "google.rpc.BadRequest";
const RETRY_INFO: &str = "google.rpc.RetryInfo";

/// One `google.protobuf.Any`, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) any: Vec<u8>,
}

impl Detail {
    fn pack(name: &str, payload: &[u8]) -> Self {
        let mut any = Vec::with_capacity(payload.len() + name.len() + 32);
        put_text(&mut any, 1, &format!("{TYPE_PREFIX}{name}"));
        put_body(&mut any, 2, payload);
        Self { any }
    }

    /// The payload, when the type is `name`.
    fn unpack(&self, name: &str) -> Option<&[u8]> {
        let type_url = std::str::from_utf8(last_bytes(&self.any, 1)?).ok()?;
        let found = type_url.rsplit_once('/').map_or(type_url, |(_, name)| name);
        (found == name).then(|| last_bytes(&self.any, 2).unwrap_or_default())
    }
}

pub(crate) fn error_info(reason: &str, domain: &str) -> Detail {
    let mut payload = Vec::new();
    put_text(&mut payload, 1, reason);
    put_text(&mut payload, 2, domain);
    Detail::pack(ERROR_INFO, &payload)
}

pub(crate) fn bad_request(field: &str, description: &str) -> Detail {
    let mut violation = Vec::new();
    put_text(&mut violation, 1, field);
    put_text(&mut violation, 2, description);
    let mut payload = Vec::new();
    put_body(&mut payload, 1, &violation);
    Detail::pack(BAD_REQUEST, &payload)
}

pub(crate) fn retry_info(secs: u64) -> Detail {
    let mut delay = Vec::new();
    wire::put_tag(&mut delay, 1, wire::VARINT);
    wire::put_varint(&mut delay, secs);
    let mut payload = Vec::new();
    put_body(&mut payload, 1, &delay);
    Detail::pack(RETRY_INFO, &payload)
}

/// The details of an encoded `google.rpc.Status`. Malformed bytes yield no details; the status itself stays valid.
pub(crate) fn of_status(bytes: &[u8]) -> Vec<Detail> {
    records(bytes)
        .filter_map(|(number, raw)| match (number, raw) {
            (3, Raw::Bytes(any)) => Some(Detail { any: any.to_vec() }),
            (_, Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_)) => None,
        })
        .collect()
}

/// `reason` of the first `ErrorInfo`.
pub(crate) fn reason(details: &[Detail]) -> Option<&str> {
    let payload = details
        .iter()
        .find_map(|detail| detail.unpack(ERROR_INFO))?;
    std::str::from_utf8(last_bytes(payload, 1)?).ok()
}

/// `retry_delay` of the first `RetryInfo`, in whole seconds, rounded up.
pub(crate) fn retry_secs(details: &[Detail]) -> Option<u64> {
    let payload = details
        .iter()
        .find_map(|detail| detail.unpack(RETRY_INFO))?;
    let (mut secs, mut nanos) = (0u64, 0u64);
    for (number, raw) in records(last_bytes(payload, 1).unwrap_or_default()) {
        match (number, raw) {
            (1, Raw::Varint(value)) => secs = value,
            (2, Raw::Varint(value)) => nanos = value,
            (_, Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_)) => {}
        }
    }
    // Both are signed on the wire; a negative delay counts as zero.
    let whole = (secs as i64).max(0).unsigned_abs();
    Some(whole.saturating_add(u64::from((nanos as i64) > 0)))
}

fn records(bytes: &[u8]) -> impl Iterator<Item = (u32, Raw<'_>)> {
    let mut cursor = Cursor::new(bytes);
    std::iter::from_fn(move || {
        let (number, wire) = cursor.tag().ok()??;
        Some((number, cursor.value(number, wire).ok()?))
    })
}

fn put_text(out: &mut Vec<u8>, number: u32, text: &str) {
    if !text.is_empty() {
        put_body(out, number, text.as_bytes());
    }
}

fn put_body(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    wire::put_tag(out, number, wire::DELIMITED);
    wire::put_bytes(out, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_delay_is_rounded_up() {
        let mut delay = vec![0x08, 2, 0x10, 1];
        let mut payload = Vec::new();
        put_body(&mut payload, 1, &delay);
        let detail = Detail::pack(RETRY_INFO, &payload);
        assert_eq!(retry_secs(&[detail]), Some(3));
        delay.truncate(2);
        assert_eq!(retry_secs(&[retry_info(2)]), Some(2));
        assert_eq!(retry_secs(&[error_info("X", "")]), None);
    }

    #[test]
    fn a_malformed_status_has_no_details() {
        assert_eq!(of_status(&[0xff, 0xff]), []);
        assert_eq!(reason(&[error_info("OVERLOADED", "")]), Some("OVERLOADED"));
    }
}
