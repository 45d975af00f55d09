//! `If-Match` sets the field `etag` of a request that has one. The service compares it, not the gateway.

use http::HeaderMap;
use http::header::IF_MATCH;

use crate::json::fault::Fault;
use crate::json::wire;
use crate::request::coding::Coding;
use crate::table::Message;

/// Writes `If-Match` into the field `etag` of a request that has one. An `etag` that the body gives as well must be
/// equal.
pub(crate) fn put(
    headers: &HeaderMap,
    input: &'static Message,
    request: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut values = headers.get_all(IF_MATCH).iter();
    let (Some(number), Some(value)) = (input.etag, values.next()) else {
        return Ok(());
    };
    let refused = |why| Fault::new(why).in_field("If-Match");
    if values.next().is_some() {
        return Err(refused("must be one etag in quotes"));
    }
    if value == "*" {
        return Ok(());
    }
    let etag = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter(|text| !text.contains('"'))
        .map(Coding::untagged)
        .ok_or_else(|| refused("must be one etag in quotes"))?;
    match wire::last_bytes(request, number) {
        Some(given) if given == etag.as_bytes() => {}
        Some(given) if !given.is_empty() => return Err(refused("is not the etag of the request")),
        Some(_) | None => {
            wire::put_tag(request, number, wire::DELIMITED);
            wire::put_bytes(request, etag.as_bytes());
        }
    }
    Ok(())
}
