//! Turns files of edition 2023 and later into the proto2 or proto3 files that mean the same, because the descriptors of
//! prost-reflect know no editions. Knows no routes.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};

/// The `syntax` of a file of any edition.
const EDITIONS: &str = "editions";
/// `FieldDescriptorProto.Type` of a group, which is a message with delimiters.
const TYPE_GROUP: i32 = 10;
const TYPE_MESSAGE: i32 = 11;
/// Types that are never packed: string, group, message, bytes.
const UNPACKABLE: [i32; 4] = [9, TYPE_GROUP, TYPE_MESSAGE, 12];
const LABEL_REPEATED: i32 = 3;

/// The parts of `google.protobuf.FeatureSet` that change what JSON or the wire is. 0 is "as the file", and in a file the
/// default of its edition, which is that of 2023 also in 2024.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Features {
    /// 1 is explicit, 2 implicit, 3 required.
    #[prost(int32, tag = "1")]
    field_presence: i32,
    /// 1 is packed, 2 expanded.
    #[prost(int32, tag = "3")]
    repeated_field_encoding: i32,
    /// 1 is length-prefixed, 2 delimited.
    #[prost(int32, tag = "5")]
    message_encoding: i32,
}

impl Features {
    fn or(self, outer: Self) -> Self {
        let first = |own: i32, outer: i32| if own == 0 { outer } else { own };
        Self {
            field_presence: first(self.field_presence, outer.field_presence),
            repeated_field_encoding: first(
                self.repeated_field_encoding,
                outer.repeated_field_encoding,
            ),
            message_encoding: first(self.message_encoding, outer.message_encoding),
        }
    }

    /// The features in the options of a file or field.
    fn of(message: &DynamicMessage) -> Self {
        let options = message.get_field_by_name("options");
        let options = options.as_ref().and_then(|options| options.as_message());
        let features = options.and_then(|options| options.get_field_by_name("features"));
        let features = features.as_ref().and_then(|features| features.as_message());
        let features = features.map(|features| Self::decode(features.encode_to_vec().as_slice()));
        features.and_then(Result::ok).unwrap_or_default()
    }
}

/// The encoded descriptor set with every file of an edition as proto2 or proto3; none when there is no such file.
///
/// # Errors
/// The bytes are not a descriptor set.
pub(crate) fn lowered(descriptors: &[u8]) -> Result<Option<Vec<u8>>, prost::DecodeError> {
    let described = DescriptorPool::global()
        .get_message_by_name("google.protobuf.FileDescriptorSet")
        .expect("the global pool has the descriptors of descriptors");
    let mut set = DynamicMessage::decode(described, descriptors)?;
    let mut is_changed = false;
    for file in messages(&mut set, "file") {
        if text(file, "syntax") == EDITIONS {
            lower(file);
            is_changed = true;
        }
    }
    Ok(is_changed.then(|| set.encode_to_vec()))
}

fn lower(file: &mut DynamicMessage) {
    // An enum of proto3 begins with 0; one of proto2 need not.
    let is_proto2 = has_closed_enum(file, "message_type");
    let syntax = if is_proto2 { "proto2" } else { "proto3" };
    file.set_field_by_name("syntax", Value::String(syntax.to_owned()));
    let features = Features::of(file);
    for message in messages(file, "message_type") {
        lower_message(message, features, is_proto2);
    }
}

/// Whether an enum of the file does not begin with 0.
fn has_closed_enum(scope: &mut DynamicMessage, nested: &str) -> bool {
    let begins_elsewhere = |described: &mut DynamicMessage| {
        let mut values = messages(described, "value");
        values
            .next()
            .is_some_and(|value| number(value, "number") != 0)
    };
    messages(scope, "enum_type").any(begins_elsewhere)
        || messages(scope, nested).any(|message| has_closed_enum(message, "nested_type"))
}

fn lower_message(message: &mut DynamicMessage, outer: Features, is_proto2: bool) {
    for nested in messages(message, "nested_type") {
        lower_message(nested, outer, is_proto2);
    }
    for field in messages(message, "field") {
        lower_field(field, Features::of(field).or(outer), is_proto2);
    }
}

fn lower_field(field: &mut DynamicMessage, features: Features, is_proto2: bool) {
    let kind = number(field, "type");
    if kind == TYPE_MESSAGE && features.message_encoding == 2 {
        field.set_field_by_name("type", Value::EnumNumber(TYPE_GROUP));
    }
    if number(field, "label") == LABEL_REPEATED {
        if !UNPACKABLE.contains(&kind) {
            set_packed(field, features.repeated_field_encoding != 2);
        }
        return;
    }
    let is_message = [TYPE_MESSAGE, TYPE_GROUP].contains(&kind);
    let in_oneof = field.has_field_by_name("oneof_index");
    if !is_proto2 && !is_message && !in_oneof && features.field_presence != 2 {
        field.set_field_by_name("proto3_optional", Value::Bool(true));
    }
}

fn set_packed(field: &mut DynamicMessage, is_packed: bool) {
    let options = field.get_field_by_name_mut("options");
    if let Some(options) = options.and_then(Value::as_message_mut) {
        options.set_field_by_name("packed", Value::Bool(is_packed));
    }
}

/// The messages of a repeated field.
fn messages<'a>(
    message: &'a mut DynamicMessage,
    field: &str,
) -> impl Iterator<Item = &'a mut DynamicMessage> {
    let list = message.get_field_by_name_mut(field);
    let list = list.and_then(Value::as_list_mut).into_iter().flatten();
    list.filter_map(Value::as_message_mut)
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn number(message: &DynamicMessage, field: &str) -> i32 {
    let value = message.get_field_by_name(field);
    let value = value.and_then(|value| value.as_enum_number().or_else(|| value.as_i32()));
    value.unwrap_or_default()
}
