//! Resolves the field names of a route and refuses fields that have no text form. Knows no templates.

use prost_reflect::{FieldDescriptor, MessageDescriptor};

/// Messages whose JSON is a scalar, so that a path variable can hold them.
const SCALAR_MESSAGES: &[&str] = &[
    "google.protobuf.BoolValue",
    "google.protobuf.BytesValue",
    "google.protobuf.DoubleValue",
    "google.protobuf.Duration",
    "google.protobuf.FieldMask",
    "google.protobuf.FloatValue",
    "google.protobuf.Int32Value",
    "google.protobuf.Int64Value",
    "google.protobuf.StringValue",
    "google.protobuf.Timestamp",
    "google.protobuf.UInt32Value",
    "google.protobuf.UInt64Value",
];

/// The fields of a path variable, from `input` inwards.
///
/// # Errors
/// A field does not exist or cannot be in a path.
pub(crate) fn variable(
    input: &MessageDescriptor,
    path: &[String],
) -> Result<Vec<FieldDescriptor>, String> {
    let mut fields = Vec::new();
    let mut message = input.clone();
    for (at, name) in path.iter().enumerate() {
        let field = top_level(&message, name)?;
        if field.is_list() || field.is_map() {
            return Err(format!("`{name}` is repeated and cannot be in a path"));
        }
        if field.is_group() {
            return Err(format!("`{name}` is a group and cannot be in a path"));
        }
        let last = at + 1 == path.len();
        let kind = field.kind();
        match kind.as_message() {
            Some(inner) if last && !SCALAR_MESSAGES.contains(&inner.full_name()) => {
                return Err(format!(
                    "`{name}` is a {} and cannot be in a path",
                    inner.full_name()
                ));
            }
            Some(inner) => message = inner.clone(),
            None if !last => return Err(format!("`{name}` has no fields")),
            None => {}
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Refuses two variables that set members of one oneof: the later one would always clear the earlier one.
pub(crate) fn exclusive(variables: &[Vec<FieldDescriptor>]) -> Result<(), String> {
    for (at, path) in variables.iter().enumerate() {
        for other in &variables[..at] {
            let differing = path.iter().zip(other).find(|(a, b)| a != b);
            if let Some((a, b)) = differing
                && a.containing_oneof().is_some()
                && a.containing_oneof() == b.containing_oneof()
            {
                return Err(format!(
                    "`{}` and `{}` are members of one oneof and cannot both be in a path",
                    b.name(),
                    a.name()
                ));
            }
        }
    }
    Ok(())
}

/// The field of `message` with the proto name `name`.
pub(crate) fn top_level(
    message: &MessageDescriptor,
    name: &str,
) -> Result<FieldDescriptor, String> {
    message
        .get_field_by_name(name)
        .ok_or_else(|| format!("{} has no field `{name}`", message.full_name()))
}
