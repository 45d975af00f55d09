//! The schemas of messages, fields and enums, and the components that they refer to. Knows no routes.
//!
//! A request schema describes what the gateway accepts: `null` stands for a field without a value. A response schema
//! describes what it returns: default values are omitted, so no field is required. A message of both directions has two
//! schemas; the one for requests is named `…-Input`.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};

use super::comments::Comments;
use super::direction::Direction;
use super::known;
use super::names::Names;
use super::rules::{self, Rules};
use crate::form::JsonForm;
use crate::json::{Json, Object, object};

/// All schemas of one document.
#[derive(Debug)]
pub(super) struct Schemas<'a> {
    comments: &'a Comments,
    names: Names,
    form: JsonForm,
    /// Referenced types whose components are not generated yet.
    pending: Vec<Pending>,
    components: BTreeMap<String, Json>,
    referred: BTreeSet<String>,
}

#[derive(Debug)]
enum Pending {
    Message(MessageDescriptor, Direction),
    Enum(EnumDescriptor),
}

/// The values of `google.api.field_behavior`.
#[derive(Debug, Default)]
pub(super) struct Behavior {
    pub(super) required: bool,
    pub(super) output_only: bool,
    input_only: bool,
}

impl Behavior {
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        let options = field.options();
        let values: Vec<i32> = field
            .parent_message()
            .parent_pool()
            .get_extension_by_name("google.api.field_behavior")
            .map(|extension| options.get_extension(&extension).into_owned())
            .and_then(|value| value.as_list().map(<[Value]>::to_vec))
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_enum_number)
            .collect();
        Self {
            required: values.contains(&2),
            output_only: values.contains(&3),
            input_only: values.contains(&4),
        }
    }
}

impl<'a> Schemas<'a> {
    pub(super) fn new(comments: &'a Comments, names: Names, form: JsonForm) -> Self {
        Self {
            comments,
            names,
            form,
            pending: Vec::new(),
            components: BTreeMap::new(),
            referred: BTreeSet::new(),
        }
    }

    /// The components of all referenced types, by name.
    pub(super) fn components(mut self) -> Object {
        while let Some(pending) = self.pending.pop() {
            let (name, schema) = match pending {
                Pending::Message(message, direction) => (
                    self.names.message(&message, direction),
                    self.message(&message, direction, &[]),
                ),
                Pending::Enum(described) => (
                    self.names.enumeration(&described),
                    self.enumeration(&described),
                ),
            };
            self.components.insert(name, schema.into());
        }
        self.components.into_iter().collect()
    }

    /// The schema of a message where it is used: a reference, or an inlined schema when it is well known.
    pub(super) fn of_message(
        &mut self,
        message: &MessageDescriptor,
        direction: Direction,
    ) -> Object {
        if let Some(known) = known::message(message, direction) {
            return known;
        }
        let name = self.names.message(message, direction);
        self.refer(name, Pending::Message(message.clone(), direction))
    }

    fn refer(&mut self, name: String, pending: Pending) -> Object {
        let reference = format!("#/components/schemas/{name}");
        if self.referred.insert(name) {
            self.pending.push(pending);
        }
        object! {"$ref": reference}
    }

    /// The schema of a plain message without the fields `elsewhere`, which the path sets.
    pub(super) fn message(
        &mut self,
        message: &MessageDescriptor,
        direction: Direction,
        elsewhere: &[FieldDescriptor],
    ) -> Object {
        let mut properties = Object::default();
        let mut required = Vec::new();
        for field in in_order(message) {
            if elsewhere.contains(&field) {
                continue;
            }
            let is_required = direction == Direction::Request && is_required(&field);
            if is_required {
                required.push(name_of(&field, self.form));
            }
            let schema = self.field(&field, direction);
            let nullable =
                direction == Direction::Request && !is_required && is_outside_oneof(&field);
            properties.set(
                &name_of(&field, self.form),
                if nullable { or_null(schema) } else { schema },
            );
        }
        let mut schema = object! {"type": "object"};
        let comment = self.comments.on(message);
        if !comment.is_empty() {
            schema.set("description", comment);
        }
        if !properties.is_empty() {
            schema.set("properties", properties);
        }
        if !required.is_empty() {
            schema.set("required", required);
        }
        if direction == Direction::Request {
            if !self.form.ignores_unknown {
                schema.set("additionalProperties", false);
            }
            one_of_each(message, self.form, &mut schema);
        }
        schema
    }

    /// The schema of a field with its rules, behavior and comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor, direction: Direction) -> Object {
        let rules = match direction {
            Direction::Request => Rules::of(field),
            Direction::Response => Rules::default(),
        };
        let mut schema = if field.is_map() {
            self.map(field, &rules, direction)
        } else if field.is_list() {
            let items = self.value(&field.kind(), &rules.inner("repeated", "items"), direction);
            let mut schema = object! {"type": "array", "items": items};
            rules.on_list(&mut schema);
            schema
        } else {
            self.value(&field.kind(), &rules, direction)
        };
        let comment = self.comments.on(field);
        if !comment.is_empty() {
            schema.set("description", comment);
        }
        let behavior = Behavior::of(field);
        if behavior.output_only {
            schema.set("readOnly", true);
        }
        if behavior.input_only {
            schema.set("writeOnly", true);
        }
        if is_deprecated(&field.options()) {
            schema.set("deprecated", true);
        }
        schema
    }

    fn map(&mut self, field: &FieldDescriptor, rules: &Rules, direction: Direction) -> Object {
        let entry = field.kind();
        let entry = entry
            .as_message()
            .expect("the kind of a map is its entry message");
        let key = entry.map_entry_key_field().kind();
        let value = entry.map_entry_value_field().kind();
        let value = self.value(&value, &rules.inner("map", "values"), direction);
        let mut schema = object! {"type": "object", "additionalProperties": value};
        if direction == Direction::Request {
            let mut names = key_pattern(&key);
            rules.inner("map", "keys").on_value(&key, &mut names);
            if !names.is_empty() {
                schema.set("propertyNames", names);
            }
        }
        rules.on_map(&mut schema);
        schema
    }

    fn value(&mut self, kind: &Kind, rules: &Rules, direction: Direction) -> Object {
        let mut schema = match (kind.as_message(), kind.as_enum()) {
            (Some(message), _) => self.of_message(message, direction),
            (None, Some(described)) => self.of_enum(described, rules),
            (None, None) => known::scalar(kind, direction),
        };
        rules.on_value(kind, &mut schema);
        schema
    }

    fn of_enum(&mut self, described: &EnumDescriptor, rules: &Rules) -> Object {
        if described.full_name() == "google.protobuf.NullValue" {
            return object! {"type": "null"};
        }
        match rules.values_of(described) {
            Some(names) => rules::subset(names),
            None => {
                let name = self.names.enumeration(described);
                self.refer(name, Pending::Enum(described.clone()))
            }
        }
    }

    fn enumeration(&self, described: &EnumDescriptor) -> Object {
        let mut text = self.comments.on(described).to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        let mut values: Vec<_> = described.values().collect();
        values.sort_by(|one, other| one.path().cmp(other.path()));
        for value in &values {
            let comment = self.comments.on(value);
            let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
            let dash = if comment.is_empty() { "" } else { ": " };
            text.push_str(&format!("\n* `{}`{dash}{comment}", value.name()));
        }
        if self.form.emits_enum_numbers {
            let numbers = values
                .iter()
                .map(|value| Json::from(i64::from(value.number())));
            return object! {"type": "integer", "description": text, "enum": numbers.collect::<Vec<_>>()};
        }
        let names = values.iter().map(|value| value.name().to_owned());
        object! {"type": "string", "description": text, "enum": names.collect::<Vec<_>>()}
    }
}

/// The fields in the order of the proto.
pub(super) fn in_order(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let mut fields: Vec<_> = message.fields().collect();
    fields.sort_by(|one, other| one.path().cmp(other.path()));
    fields
}

pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    Behavior::of(field).required || Rules::of(field).requires(field)
}

pub(super) fn is_deprecated(options: &DynamicMessage) -> bool {
    options
        .get_field_by_name("deprecated")
        .is_some_and(|value| value.as_bool() == Some(true))
}

/// Whether the field is outside any oneof.
fn is_outside_oneof(field: &FieldDescriptor) -> bool {
    field
        .containing_oneof()
        .is_none_or(|oneof| oneof.is_synthetic())
}

fn or_null(schema: Object) -> Object {
    if let Some(Json::Text(only)) = schema.get("type").cloned()
        && schema.get("enum").is_none()
        && schema.get("const").is_none()
    {
        return if only == "null" {
            schema
        } else {
            schema.with("type", vec![only, "null".to_owned()])
        };
    }
    if let Some(Json::List(types)) = schema.get("type").cloned() {
        let types = types.into_iter().chain([Json::from("null")]);
        return schema.with("type", types.collect::<Vec<_>>());
    }
    if schema.get("$ref").is_none() && schema.get("enum").is_none() && schema.get("oneOf").is_none()
    {
        return schema;
    }
    let mut inner = schema;
    // Annotations of the field stay at the top level, where tools look for them.
    let mut outer = Object::default();
    for keyword in ["description", "readOnly", "writeOnly", "deprecated"] {
        if let Some(value) = inner.remove(keyword) {
            outer.set(keyword, value);
        }
    }
    let mut schema = object! {"anyOf": vec![inner, object! {"type": "null"}]};
    schema.extend(outer);
    schema
}

/// The name of a field in JSON.
fn name_of(field: &FieldDescriptor, form: JsonForm) -> String {
    if form.emits_proto_names {
        field.name().to_owned()
    } else {
        field.json_name().to_owned()
    }
}

/// Adds the rule that at most one member of each oneof is set, and at least one where that is required.
fn one_of_each(message: &MessageDescriptor, form: JsonForm, schema: &mut Object) {
    let mut refused = Vec::new();
    let mut needed = Vec::new();
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let members: Vec<String> = oneof.fields().map(|field| name_of(&field, form)).collect();
        for (at, one) in members.iter().enumerate() {
            for other in &members[at + 1..] {
                refused.push(object! {"required": vec![one.clone(), other.clone()]});
            }
        }
        if rules::oneof_requires(&oneof) {
            let any: Vec<Object> = members
                .into_iter()
                .map(|member| object! {"required": vec![member]})
                .collect();
            needed.push(object! {"anyOf": any});
        }
    }
    if !refused.is_empty() {
        schema.set("not", object! {"anyOf": refused});
    }
    if !needed.is_empty() {
        schema.set("allOf", needed);
    }
}

/// The schema of the property names of a map with keys of that kind.
fn key_pattern(kind: &Kind) -> Object {
    match known::scalar(kind, Direction::Request).remove("type") {
        Some(Json::Text(name)) if name == "string" => Object::default(),
        Some(Json::Text(name)) if name == "boolean" => object! {"enum": vec!["true", "false"]},
        Some(_) | None => object! {"pattern": "^-?[0-9]+$"},
    }
}
