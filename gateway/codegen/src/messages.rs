//! Generates the Rust text of message and enum tables. Knows no routes.

use std::fmt::Write as _;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use crate::catalog::Catalog;
use crate::form::JsonForm;

/// Appends one `static` per message.
pub(crate) fn message(
    rust: &mut String,
    catalog: &Catalog,
    message: &MessageDescriptor,
    form: JsonForm,
) {
    let number = catalog.message(message);
    let mut fields: Vec<FieldDescriptor> = message.fields().collect();
    fields.sort_by_key(FieldDescriptor::number);
    push(
        rust,
        format_args!(
            "static F{number}: [t::Field; {count}] = [\n",
            count = fields.len()
        ),
    );
    for described in &fields {
        field(rust, catalog, message, described, form);
    }
    rust.push_str("];\n");
    push(
        rust,
        format_args!(
            "static M{number}: t::Message = t::Message {{ name: {name:?}, shape: t::Shape::{shape}, fields: &F{number}, keys: &{keys:?}, etag: {etag:?} }};\n",
            name = message.full_name(),
            shape = shape(message.full_name()),
            keys = keys(&fields),
            etag = etag(&fields),
        ),
    );
}

/// Appends one `static` per enum.
pub(crate) fn enumeration(rust: &mut String, catalog: &Catalog, described: &EnumDescriptor) {
    let mut by_name: Vec<(String, i32)> = described
        .values()
        .map(|value| (value.name().to_owned(), value.number()))
        .collect();
    by_name.sort();
    // Of several aliases, the first declared is the canonical name.
    let mut by_number: Vec<(i32, String)> = Vec::new();
    for value in described.enum_descriptor_proto().value.iter() {
        if by_number
            .iter()
            .all(|(number, _)| *number != value.number())
        {
            by_number.push((value.number(), value.name().to_owned()));
        }
    }
    by_number.sort();
    push(
        rust,
        format_args!(
            "static E{number}: t::Enum = t::Enum {{ name: {name:?}, null: {null}, by_name: &{by_name:?}, by_number: &{by_number:?} }};\n",
            number = catalog.enumeration(described),
            name = described.full_name(),
            null = described.full_name() == "google.protobuf.NullValue",
        ),
    );
}

fn field(
    rust: &mut String,
    catalog: &Catalog,
    message: &MessageDescriptor,
    field: &FieldDescriptor,
    form: JsonForm,
) {
    let written = if form.emits_proto_names {
        field.name()
    } else {
        field.json_name()
    };
    let label = if field.is_map() {
        "Map".to_owned()
    } else if field.is_list() {
        format!("Repeated {{ packed: {} }}", field.is_packed())
    } else if field.supports_presence() {
        "Explicit".to_owned()
    } else {
        "Implicit".to_owned()
    };
    let oneof = field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic())
        .and_then(|oneof| message.oneofs().position(|other| other == oneof));
    push(
        rust,
        format_args!(
            "    t::Field {{ number: {number}, name: {name:?}, json: {json:?}, key: {key:?}, kind: t::Kind::{kind}, label: t::Label::{label}, oneof: {oneof:?} }},\n",
            number = field.number(),
            name = field.name(),
            json = field.json_name(),
            key = format!("{}:", serde_json::Value::from(written)),
            kind = kind(catalog, field),
        ),
    );
}

fn kind(catalog: &Catalog, field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Double => "Double".to_owned(),
        Kind::Float => "Float".to_owned(),
        Kind::Int32 => "Int32".to_owned(),
        Kind::Int64 => "Int64".to_owned(),
        Kind::Uint32 => "Uint32".to_owned(),
        Kind::Uint64 => "Uint64".to_owned(),
        Kind::Sint32 => "Sint32".to_owned(),
        Kind::Sint64 => "Sint64".to_owned(),
        Kind::Fixed32 => "Fixed32".to_owned(),
        Kind::Fixed64 => "Fixed64".to_owned(),
        Kind::Sfixed32 => "Sfixed32".to_owned(),
        Kind::Sfixed64 => "Sfixed64".to_owned(),
        Kind::Bool => "Bool".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Bytes => "Bytes".to_owned(),
        Kind::Message(inner) if field.is_group() => format!("Group(&M{})", catalog.message(&inner)),
        Kind::Message(inner) => format!("Message(&M{})", catalog.message(&inner)),
        Kind::Enum(described) => format!("Enum(&E{})", catalog.enumeration(&described)),
    }
}

/// The number of the string field `etag`, which `ETag` and `If-Match` map to.
fn etag(fields: &[FieldDescriptor]) -> Option<u32> {
    fields
        .iter()
        .find(|field| {
            field.name() == "etag" && matches!(field.kind(), Kind::String) && !field.is_list()
        })
        .map(FieldDescriptor::number)
}

/// The JSON name and the proto name of each field, sorted, with the index of the field.
fn keys(fields: &[FieldDescriptor]) -> Vec<(String, u16)> {
    let mut keys: Vec<(String, u16)> = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let at = u16::try_from(at).expect("no message has 65,536 fields");
        keys.push((field.json_name().to_owned(), at));
        if field.name() != field.json_name() {
            keys.push((field.name().to_owned(), at));
        }
    }
    keys.sort();
    // The proto name of one field may be the JSON name of another. The JSON name wins, because it is canonical.
    keys.dedup_by(|later, kept| {
        if later.0 != kept.0 {
            return false;
        }
        if fields[usize::from(later.1)].json_name() == later.0 {
            kept.1 = later.1;
        }
        true
    });
    keys
}

/// The shape of a message's JSON: special for the well-known types.
fn shape(name: &str) -> &'static str {
    match name {
        "google.protobuf.Any" => "Any",
        "google.protobuf.Timestamp" => "Timestamp",
        "google.protobuf.Duration" => "Duration",
        "google.protobuf.FieldMask" => "FieldMask",
        "google.protobuf.Struct" => "Struct",
        "google.protobuf.Value" => "Value",
        "google.protobuf.ListValue" => "ListValue",
        "google.protobuf.Empty" => "Empty",
        "google.protobuf.BoolValue"
        | "google.protobuf.BytesValue"
        | "google.protobuf.DoubleValue"
        | "google.protobuf.FloatValue"
        | "google.protobuf.Int32Value"
        | "google.protobuf.Int64Value"
        | "google.protobuf.StringValue"
        | "google.protobuf.UInt32Value"
        | "google.protobuf.UInt64Value" => "Wrapper",
        "google.api.HttpBody" => "HttpBody",
        _ => "Plain",
    }
}

fn push(rust: &mut String, text: std::fmt::Arguments<'_>) {
    rust.write_fmt(text)
        .expect("writing to a String cannot fail");
}
