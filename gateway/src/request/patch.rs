//! The default field mask of a PATCH: the fields that its body names. Reads no values; knows no connections.

use crate::json::fault::Fault;
use crate::json::read::named;
use crate::json::wire;
use crate::table::{Body, Message, Route, Shape};

/// The field of an update request that holds the mask, by AIP-134.
const MASK: &str = "update_mask";

/// Adds the mask to `request` where the request has a mask field and the caller gave no mask. `body` must be valid JSON
/// of the route's body field.
pub(crate) fn put(route: &'static Route, body: &[u8], request: &mut Vec<u8>) -> Result<(), Fault> {
    if route.method != "PATCH" || body.is_empty() {
        return Ok(());
    }
    let Body::Field(field) = route.body else {
        return Ok(());
    };
    let (Some(resource), Some(number)) = (field.kind.message(), mask_of(route.input)) else {
        return Ok(());
    };
    if resource.shape != Shape::Plain || wire::last_bytes(request, number).is_some() {
        return Ok(());
    }
    let mut paths = named::paths(resource, body)?;
    // Fields that the path names identify the resource: an update does not change them.
    paths.retain(|path| {
        route.variables.iter().all(|variable| {
            variable
                .name
                .strip_prefix(field.name)
                .and_then(|rest| rest.strip_prefix('.'))
                != Some(path)
        })
    });
    if paths.is_empty() {
        return Ok(());
    }
    wire::put_tag(request, number, wire::DELIMITED);
    let start = wire::open(request);
    for path in paths {
        wire::put_tag(request, 1, wire::DELIMITED);
        wire::put_bytes(request, path.as_bytes());
    }
    wire::close(request, start);
    Ok(())
}

fn mask_of(input: &'static Message) -> Option<u32> {
    let field = &input.fields[input.place_of_key(MASK, 0)?];
    field
        .kind
        .message()
        .filter(|message| message.shape == Shape::FieldMask)
        .map(|_| field.number)
}
