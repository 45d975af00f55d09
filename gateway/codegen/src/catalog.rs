//! Which messages and enums get a table, and the name each static goes by. Knows no Rust syntax beyond those names.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor};

use crate::error::Error;
use crate::routes::Route;

/// The pool of an encoded set, with the well-known types added: a `google.protobuf.Any` may hold them without the
/// set's ever naming them.
pub(crate) fn pool(descriptors: &[u8]) -> Result<DescriptorPool, Error> {
    let unreadable = |error: prost_reflect::DescriptorError| Error::Descriptors {
        reason: error.to_string(),
    };
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

/// The messages and enums of the tables, each with its number.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// By full name, so that the tables can be searched.
    pub(crate) messages: Vec<MessageDescriptor>,
    pub(crate) enums: Vec<EnumDescriptor>,
    message_numbers: HashMap<String, usize>,
    enum_numbers: HashMap<String, usize>,
}

impl Catalog {
    /// All that routes reach, and all else that an `Any` may hold; files that only describe other files are left out
    /// unless a route reaches into them.
    pub(crate) fn of(pool: &DescriptorPool, routes: &[Route]) -> Self {
        let mut reached = Reached::default();
        for message in pool.all_messages() {
            if !describes_files(&message.parent_file()) && !message.is_map_entry() {
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

    /// The number of a message of the catalog.
    pub(crate) fn message(&self, message: &MessageDescriptor) -> usize {
        self.message_numbers[message.full_name()]
    }

    /// The number of an enum of the catalog.
    pub(crate) fn enumeration(&self, described: &EnumDescriptor) -> usize {
        self.enum_numbers[described.full_name()]
    }
}

/// Files of options (and the descriptors' own): no caller sends their messages.
fn describes_files(file: &FileDescriptor) -> bool {
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
        let mut waiting = vec![message.clone()];
        while let Some(message) = waiting.pop() {
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
                    waiting.push(inner.clone());
                }
                if let Some(described) = kind.as_enum() {
                    self.enums
                        .insert(described.full_name().to_owned(), described.clone());
                }
            }
        }
    }
}
