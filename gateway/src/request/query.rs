//! Maps a URL's query to fields of the request: dots address nested fields, repeated parameters fill repeated fields.
//! Knows no HTTP beyond the text after `?`.

use std::collections::{HashMap, HashSet};

use crate::json::fault::Fault;
use crate::json::read::parameter::{has_parameter, put_parameter};
use crate::json::wire;
use crate::limits::JSON_DEPTH_MAX;
use crate::route::decode;
use crate::table::{Body, Field, Kind, Label, Route, Shape};

/// Appends the fields of `query` to the wire bytes of the route's request.
pub(crate) fn put(
    route: &'static Route,
    query: &str,
    ignores_unknown: bool,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut given = Given::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode::parameter(name).ok_or_else(|| malformed().in_field(name))?;
        if name.is_empty() {
            return Err(Fault::new("the query has a parameter without a name"));
        }
        let (outer, leaf) = match resolve(route, &name) {
            Ok(found) => found,
            Err(_) if ignores_unknown => continue,
            Err(fault) => return Err(fault.in_field(&name)),
        };
        let at_field = |fault: Fault| fault.in_field(&path(&outer, leaf));
        let value = decode::parameter(value).ok_or_else(|| at_field(malformed()))?;
        parameter(&outer, leaf, &value, &mut given, out).map_err(at_field)?;
    }
    Ok(())
}

/// The JSON path of the field, independent of the caller's spelling.
fn path(outer: &[&'static Field], leaf: &'static Field) -> String {
    let fields = outer.iter().copied().chain([leaf]);
    fields.map(|field| field.json).collect::<Vec<_>>().join(".")
}

/// The fields that were given so far, as field numbers from the request inwards.
#[derive(Debug, Default)]
struct Given {
    fields: HashSet<Vec<u32>>,
    /// The member that was given for each oneof, by the path of its message.
    oneofs: HashMap<(Vec<u32>, u16), u32>,
}

fn parameter(
    outer: &[&'static Field],
    leaf: &'static Field,
    value: &str,
    given: &mut Given,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    record(outer, leaf, given)?;
    let starts: Vec<usize> = outer
        .iter()
        .map(|field| {
            wire::put_tag(out, field.number, wire::DELIMITED);
            wire::open(out)
        })
        .collect();
    let mark = out.len();
    wire::put_tag(out, leaf.number, wire::wire_of(leaf.kind));
    if put_parameter(leaf.kind, value, out)? && leaf.label == Label::Implicit {
        out.truncate(mark);
    }
    for start in starts.into_iter().rev() {
        wire::close(out, start);
    }
    Ok(())
}

/// Resolves a dotted name to the enclosing message fields and the field itself.
fn resolve(
    route: &'static Route,
    name: &str,
) -> Result<(Vec<&'static Field>, &'static Field), Fault> {
    let mut outer = Vec::new();
    let mut message = route.input;
    let mut names = name.split('.');
    loop {
        let field = names
            .next()
            .and_then(|name| message.place_of_key(name, usize::MAX))
            .map(|place| &message.fields[place])
            .ok_or_else(unknown)?;
        let in_body = match route.body {
            Body::None => false,
            Body::Whole => true,
            Body::Field(body) => outer.is_empty() && std::ptr::eq(body, field),
        };
        if in_body || field.label == Label::Map {
            return Err(unknown());
        }
        if has_parameter(field.kind) {
            return match names.next() {
                None => Ok((outer, field)),
                Some(_) => Err(unknown()),
            };
        }
        let inner = field.kind.message().ok_or_else(unknown)?;
        if inner.shape != Shape::Plain
            || matches!(field.kind, Kind::Group(_))
            || matches!(field.label, Label::Repeated { .. })
            || outer.len() >= JSON_DEPTH_MAX as usize
        {
            return Err(unknown());
        }
        message = inner;
        outer.push(field);
    }
}

/// Records a field; refuses a second value of a singular field and a second member of a oneof.
fn record(outer: &[&'static Field], leaf: &'static Field, given: &mut Given) -> Result<(), Fault> {
    let mut path = Vec::new();
    for field in outer.iter().copied().chain([leaf]) {
        if let Some(oneof) = field.oneof {
            let member = given
                .oneofs
                .entry((path.clone(), oneof))
                .or_insert(field.number);
            if *member != field.number {
                return Err(Fault::new("excludes another field that is given"));
            }
        }
        path.push(field.number);
    }
    if !matches!(leaf.label, Label::Repeated { .. }) && !given.fields.insert(path) {
        return Err(Fault::new("is given twice"));
    }
    Ok(())
}

fn unknown() -> Fault {
    Fault::new("is not a known query parameter")
}

fn malformed() -> Fault {
    Fault::new("is not percent-encoded UTF-8")
}
