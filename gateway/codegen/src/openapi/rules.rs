//! Translates `buf.validate` rules to keywords of JSON Schema. Rules without a keyword remain in the field's comment.
//! Knows no messages.

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, OneofDescriptor, ReflectMessage as _,
    Value,
};

use super::digits;
use crate::json::{Json, Object, object};

/// The rules of one field, map key, map value or list element.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    rules: Option<DynamicMessage>,
    /// Whether the default value is exempt from the rules (`IGNORE_IF_ZERO_VALUE`).
    default_passes: bool,
}

impl Rules {
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        let rules = extension(&field.options(), "buf.validate.field");
        let ignored = rules.as_ref().map_or(0, |rules| number(rules, "ignore"));
        // IGNORE_ALWAYS is 3, IGNORE_IF_ZERO_VALUE 1.
        Self {
            default_passes: ignored == 1,
            rules: rules.filter(|_| ignored != 3),
        }
    }

    fn part(&self, name: &str) -> Option<DynamicMessage> {
        sub(self.rules.as_ref()?, name)
    }

    /// The rules of the elements of a list, or of the keys or values of a map.
    pub(super) fn inner(&self, part: &str, name: &str) -> Self {
        Self {
            rules: self.part(part).and_then(|rules| sub(&rules, name)),
            default_passes: false,
        }
    }

    /// Whether the rules refuse a message without the field.
    pub(super) fn requires(&self, field: &FieldDescriptor) -> bool {
        let Some(rules) = &self.rules else {
            return false;
        };
        if flag(rules, "required") {
            return true;
        }
        let least =
            |part: &str, name: &str| sub(rules, part).is_some_and(|rules| number(&rules, name) > 0);
        if field.is_map() {
            return least("map", "min_pairs");
        }
        if field.is_list() {
            return least("repeated", "min_items");
        }
        !self.default_passes
            && !field.supports_presence()
            && (least("string", "min_len")
                || least("string", "len")
                || least("string", "min_bytes")
                || least("bytes", "min_len")
                || least("bytes", "len")
                || sub(rules, "string").is_some_and(|rules| flag(&rules, "uuid")))
    }

    /// Adds the keywords of a list.
    pub(super) fn on_list(&self, schema: &mut Object) {
        if let Some(rules) = self.part("repeated") {
            copy(
                &rules,
                &[("min_items", "minItems"), ("max_items", "maxItems")],
                schema,
            );
            if flag(&rules, "unique") {
                schema.set("uniqueItems", true);
            }
        }
    }

    /// Adds the keywords of a map.
    pub(super) fn on_map(&self, schema: &mut Object) {
        if let Some(rules) = self.part("map") {
            let names = [
                ("min_pairs", "minProperties"),
                ("max_pairs", "maxProperties"),
            ];
            copy(&rules, &names, schema);
        }
    }

    /// Adds the keywords of a single value.
    pub(super) fn on_value(&self, kind: &Kind, schema: &mut Object) {
        match kind {
            Kind::String => {
                if let Some(rules) = self.part("string") {
                    self.on_string(&rules, schema);
                }
            }
            Kind::Bytes => {
                if let Some(rules) = self.part("bytes") {
                    for (name, keyword) in [("min_len", "minLength"), ("max_len", "maxLength")] {
                        if let Some(Json::Number(bytes)) = value(&rules, name) {
                            let bytes: u64 = bytes.parse().unwrap_or_default();
                            // Base64 encodes three bytes as four digits, and padding is optional.
                            let digits = if name == "min_len" {
                                (bytes * 4).div_ceil(3)
                            } else {
                                bytes.div_ceil(3) * 4
                            };
                            schema.set(keyword, digits);
                        }
                    }
                }
            }
            Kind::Int32
            | Kind::Sint32
            | Kind::Sfixed32
            | Kind::Uint32
            | Kind::Fixed32
            | Kind::Double
            | Kind::Float => {
                if let Some(rules) = self.part(&number_part(kind)) {
                    let names = [
                        ("gte", "minimum"),
                        ("lte", "maximum"),
                        ("gt", "exclusiveMinimum"),
                        ("lt", "exclusiveMaximum"),
                        ("const", "const"),
                        ("in", "enum"),
                    ];
                    copy(&rules, &names, schema);
                }
            }
            Kind::Message(message) if message.full_name() == "google.protobuf.Duration" => {
                if let Some(rules) = self.part("duration") {
                    on_duration(&rules, schema);
                }
            }
            // 64-bit numbers are strings; rules on booleans and messages have no keyword.
            Kind::Int64
            | Kind::Sint64
            | Kind::Sfixed64
            | Kind::Uint64
            | Kind::Fixed64
            | Kind::Bool
            | Kind::Message(_)
            | Kind::Enum(_) => {}
        }
    }

    fn on_string(&self, rules: &DynamicMessage, schema: &mut Object) {
        let names = [
            ("len", "minLength"),
            ("len", "maxLength"),
            ("max_bytes", "maxLength"),
            ("max_len", "maxLength"),
            ("min_len", "minLength"),
            ("const", "const"),
            ("in", "enum"),
            ("pattern", "pattern"),
        ];
        copy(rules, &names, schema);
        for (name, format) in [
            ("email", "email"),
            ("hostname", "hostname"),
            ("ipv4", "ipv4"),
            ("ipv6", "ipv6"),
            ("uri", "uri"),
            ("uri_ref", "uri-reference"),
            ("uuid", "uuid"),
        ] {
            if flag(rules, name) {
                schema.set("format", format);
            }
        }
        for (name, before, after) in [
            ("prefix", "^", ""),
            ("suffix", "", "$"),
            ("contains", "", ""),
        ] {
            if let (Some(Json::Text(text)), None) = (value(rules, name), schema.get("pattern")) {
                schema.set("pattern", format!("{before}{}{after}", escaped(&text)));
            }
        }
        if self.default_passes {
            schema.remove("minLength");
            if let Some(Json::Text(pattern)) = schema.get("pattern") {
                schema.set("pattern", format!("^$|{pattern}"));
            }
            if let Some(format) = schema.remove("format") {
                let choices = vec![object! {"maxLength": 0_u64}, object! {"format": format}];
                schema.set("anyOf", choices);
            }
        }
    }

    /// The names of the allowed values of an enum; none when all are allowed.
    pub(super) fn values_of(&self, described: &EnumDescriptor) -> Option<Vec<String>> {
        let rules = self.part("enum")?;
        let numbers = |name: &str| -> Vec<i32> {
            list(&rules, name)
                .iter()
                .filter_map(Value::as_i32)
                .collect()
        };
        let (only, never) = (numbers("in"), numbers("not_in"));
        if only.is_empty() && never.is_empty() {
            return None;
        }
        let values = described.values().filter(|value| {
            (only.is_empty() || only.contains(&value.number())) && !never.contains(&value.number())
        });
        Some(values.map(|value| value.name().to_owned()).collect())
    }
}

/// Whether the rules require a member of the oneof.
pub(super) fn oneof_requires(oneof: &OneofDescriptor) -> bool {
    extension(&oneof.options(), "buf.validate.oneof").is_some_and(|rules| flag(&rules, "required"))
}

/// Adds the pattern of a Duration whose range is 0 to a whole number of seconds. Other ranges have no pattern.
fn on_duration(rules: &DynamicMessage, schema: &mut Object) {
    let secs = |name: &str| {
        sub(rules, name).map(|bound| (number(&bound, "seconds"), number(&bound, "nanos")))
    };
    let (Some((0, 0)), Some((most, 0))) = (secs("gte"), secs("lte")) else {
        return;
    };
    let Ok(most @ 1..) = u64::try_from(most) else {
        return;
    };
    let below = digits::up_to(most - 1);
    schema.set(
        "pattern",
        format!(r"^(?:{below}(?:\.[0-9]{{1,9}})?|{most}(?:\.0{{1,9}})?)s$"),
    );
    schema.set("examples", vec![format!("{most}s")]);
}

fn number_part(kind: &Kind) -> String {
    format!("{kind:?}").to_ascii_lowercase()
}

/// Sets the keyword of each rule that is present.
fn copy(rules: &DynamicMessage, names: &[(&str, &str)], schema: &mut Object) {
    for (name, keyword) in names {
        if let Some(value) = value(rules, name) {
            schema.set(keyword, value);
        }
    }
}

fn value(rules: &DynamicMessage, name: &str) -> Option<Json> {
    let field = rules.descriptor().get_field_by_name(name)?;
    rules
        .has_field(&field)
        .then(|| json(&rules.get_field(&field)))
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I32(number) => i64::from(*number).into(),
        Value::I64(number) => (*number).into(),
        Value::U32(number) => u64::from(*number).into(),
        Value::U64(number) => (*number).into(),
        Value::F32(number) => Json::Number(number.to_string()),
        Value::F64(number) => Json::Number(number.to_string()),
        Value::String(text) => text.as_str().into(),
        Value::List(list) => Json::List(list.iter().map(json).collect()),
        Value::Bytes(_) | Value::EnumNumber(_) | Value::Message(_) | Value::Map(_) => Json::Null,
    }
}

pub(super) fn extension(options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = options
        .descriptor()
        .parent_pool()
        .get_extension_by_name(name)?;
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).as_message().cloned())
        .flatten()
}

fn sub(message: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let field = message.descriptor().get_field_by_name(name)?;
    message
        .has_field(&field)
        .then(|| message.get_field(&field).as_message().cloned())
        .flatten()
}

fn flag(message: &DynamicMessage, name: &str) -> bool {
    value(message, name) == Some(Json::Bool(true))
}

fn number(message: &DynamicMessage, name: &str) -> i64 {
    let found = message.get_field_by_name(name);
    found.map_or(0, |value| match &*value {
        Value::I32(number) | Value::EnumNumber(number) => i64::from(*number),
        Value::I64(number) => *number,
        Value::U32(number) => i64::from(*number),
        Value::U64(number) => i64::try_from(*number).unwrap_or(i64::MAX),
        Value::Bool(_)
        | Value::F32(_)
        | Value::F64(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::Message(_)
        | Value::List(_)
        | Value::Map(_) => 0,
    })
}

fn list(message: &DynamicMessage, name: &str) -> Vec<Value> {
    message
        .get_field_by_name(name)
        .and_then(|value| value.as_list().map(<[Value]>::to_vec))
        .unwrap_or_default()
}

/// `text` as a pattern that matches it literally.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        if r"\^$.|?*+()[]{}/".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    })
}

/// The schema of an enum that allows only the given names.
pub(super) fn subset(names: Vec<String>) -> Object {
    object! {"type": "string", "enum": names}
}
