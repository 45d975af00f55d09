//! Chooses the messages and enums that get a table, and numbers them. Knows no Rust syntax.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor};

use crate::editions;
use crate::error::Error;
use crate::routes::Route;

/// Decodes a descriptor set and adds the well-known types: a `google.protobuf.Any` can hold them even where the set
/// never refers to them.
pub(crate) fn pool(descriptors: &[u8]) -> Result<DescriptorPool, Error> {
    let unreadable = |error: prost_reflect::DescriptorError| Error::Descriptors {
        reason: error.to_string(),
    };
    let lowered = editions::lowered(descriptors).map_err(|error| Error::Descriptors {
        reason: error.to_string(),
    })?;
    let descriptors = lowered.as_deref().unwrap_or(descriptors);
    let mut pool = DescriptorPool::decode(descriptors).map_err(unreadable)?;
    for file in DescriptorPool::global().files() {
        if !file.name().starts_with("google/protobuf/compiler/")
            && pool.get_file_by_name(file.name()).is_none()
        {
            pool.add_file_descriptor_proto(file.file_descriptor_proto().clone())
                .map_err(unreadable)?;
        }
    }
    Ok(pool)
}

/// The messages and enums of the tables, and the number in the name of each static.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// Sorted by full name, so that the tables support binary search.
    pub(crate) messages: Vec<MessageDescriptor>,
    pub(crate) enums: Vec<EnumDescriptor>,
    message_numbers: HashMap<String, usize>,
    enum_numbers: HashMap<String, usize>,
}

impl Catalog {
    /// Collects the messages that routes use and those that an `Any` can hold. Messages of files that only declare
    /// options are excluded unless a route uses them.
    pub(crate) fn of(pool: &DescriptorPool, routes: &[Route]) -> Self {
        let mut reached = Reached::default();
        for message in pool.all_messages() {
            if !declares_options(&message.parent_file()) && !message.is_map_entry() {
                reached.message(&message);
            }
        }
        for route in routes {
            reached.message(&route.input);
            reached.message(&route.output);
        }
        let messages: Vec<_> = reached.messages.into_values().collect();
        let enums: Vec<_> = reached.enums.into_values().collect();
        Self {
            message_numbers: messages
                .iter()
                .enumerate()
                .map(|(at, message)| (message.full_name().to_owned(), at))
                .collect(),
            enum_numbers: enums
                .iter()
                .enumerate()
                .map(|(at, described)| (described.full_name().to_owned(), at))
                .collect(),
            messages,
            enums,
        }
    }

    /// The number of a message, which must be in the catalog.
    pub(crate) fn message(&self, message: &MessageDescriptor) -> usize {
        self.message_numbers[message.full_name()]
    }

    /// The number of an enum, which must be in the catalog.
    pub(crate) fn enumeration(&self, described: &EnumDescriptor) -> usize {
        self.enum_numbers[described.full_name()]
    }
}

/// Whether the file declares options or descriptors: no request contains their messages.
fn declares_options(file: &FileDescriptor) -> bool {
    file.name() == "google/protobuf/descriptor.proto"
        || file.extensions().any(|extension| {
            extension
                .containing_message()
                .full_name()
                .starts_with("google.protobuf.")
        })
}

#[derive(Debug, Default)]
struct Reached {
    messages: BTreeMap<String, MessageDescriptor>,
    enums: BTreeMap<String, EnumDescriptor>,
}

impl Reached {
    fn message(&mut self, message: &MessageDescriptor) {
        let mut pending = vec![message.clone()];
        while let Some(message) = pending.pop() {
            if self
                .messages
                .insert(message.full_name().to_owned(), message.clone())
                .is_some()
            {
                continue;
            }
            for field in message.fields() {
                let kind = field.kind();
                if let Some(inner) = kind.as_message()
                    && !self.messages.contains_key(inner.full_name())
                {
                    pending.push(inner.clone());
                }
                if let Some(described) = kind.as_enum() {
                    self.enums
                        .insert(described.full_name().to_owned(), described.clone());
                }
            }
        }
    }
}
