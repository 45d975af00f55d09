//! The gateway's JSON mapping and prost-reflect's, side by side. Generates no messages.

use std::sync::LazyLock;

use order_gateway::table::Tables;
use order_gateway::transcode::{self, InvalidJson};
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};
use serde_json::Value;

/// A descriptor set, as generated tables and as prost-reflect's pool.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) tables: &'static Tables,
    pub(crate) pool: DescriptorPool,
}

impl Subject {
    pub(crate) fn contract() -> &'static Self {
        static CONTRACT: LazyLock<Subject> =
            LazyLock::new(|| Subject::new(&order_gateway::TABLES, order_proto::DESCRIPTORS));
        &CONTRACT
    }

    pub(crate) fn zoo() -> &'static Self {
        static ZOO: LazyLock<Subject> = LazyLock::new(|| {
            Subject::new(
                &order_gateway_example::TABLES,
                order_gateway_example::DESCRIPTORS,
            )
        });
        &ZOO
    }

    fn new(tables: &'static Tables, descriptors: &[u8]) -> Self {
        Self {
            tables,
            pool: DescriptorPool::decode(descriptors).expect("the descriptors are good"),
        }
    }

    /// The messages of the given packages.
    pub(crate) fn messages(&self, packages: &[&str]) -> Vec<MessageDescriptor> {
        self.pool
            .all_messages()
            .filter(|message| packages.contains(&message.package_name()) && !message.is_map_entry())
            .collect()
    }

    /// The descriptor of the message.
    pub(crate) fn described(&self, name: &str) -> MessageDescriptor {
        self.pool.get_message_by_name(name).expect("it is there")
    }

    /// The gateway's JSON of the wire bytes.
    pub(crate) fn our_json(&self, name: &str, wire: &[u8]) -> Option<Vec<u8>> {
        let message = self.tables.message(name).expect("it has a table");
        transcode::to_json(self.tables, message, wire).ok()
    }

    /// The gateway's wire bytes of the JSON.
    pub(crate) fn our_wire(&self, name: &str, json: &[u8]) -> Result<Vec<u8>, InvalidJson> {
        let message = self.tables.message(name).expect("it has a table");
        transcode::to_wire(self.tables, message, json)
    }

    /// prost-reflect's JSON of the message.
    pub(crate) fn their_json(message: &DynamicMessage) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut out);
        message
            .serialize_with_options(&mut serializer, &SerializeOptions::new())
            .ok()?;
        Some(out)
    }

    /// prost-reflect's message of the JSON.
    pub(crate) fn their_message(
        described: &MessageDescriptor,
        json: &[u8],
    ) -> Result<DynamicMessage, String> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let options = DeserializeOptions::new().deny_unknown_fields(true);
        let message = DynamicMessage::deserialize_with_options(
            described.clone(),
            &mut deserializer,
            &options,
        )
        .map_err(|error| error.to_string())?;
        deserializer.end().map_err(|error| error.to_string())?;
        Ok(message)
    }
}

/// Parsed JSON with every number as a double, so that `1` equals `1.0`.
pub(crate) fn comparable(json: &[u8]) -> Value {
    let mut value = serde_json::from_slice(json).expect("it is JSON");
    numbers_to_doubles(&mut value);
    spell_out(&mut value);
    value
}

/// The JSON as prost-reflect reads it.
pub(crate) fn spelled_out(json: &[u8]) -> Vec<u8> {
    let mut value = serde_json::from_slice(json).expect("it is JSON");
    spell_out(&mut value);
    serde_json::to_vec(&value).expect("it is JSON")
}

/// Adds the `value` that prost-reflect requires of an Any of an Empty.
fn spell_out(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(spell_out),
        Value::Object(members) => {
            let url = members.get("@type").and_then(Value::as_str);
            if url.is_some_and(|url| url.ends_with("/google.protobuf.Empty")) {
                members
                    .entry("value")
                    .or_insert_with(|| Value::Object(serde_json::Map::new()));
            }
            members.values_mut().for_each(spell_out);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn numbers_to_doubles(value: &mut Value) {
    match value {
        Value::Number(number) => {
            *value = number.as_f64().map_or(Value::Null, Value::from);
        }
        Value::Array(values) => values.iter_mut().for_each(numbers_to_doubles),
        Value::Object(members) => members.values_mut().for_each(numbers_to_doubles),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
