//! The names of components: the short name where it is unique among messages and enums, otherwise the full name. Knows
//! no schemas.

use std::collections::{BTreeSet, HashMap};

use prost_reflect::{EnumDescriptor, MessageDescriptor};

use super::direction::Direction;
use super::known;
use crate::routes::Route;

/// The schemas of the gateway's own error bodies.
pub(super) const STATUS: &str = "Status";
pub(super) const PROBLEM: &str = "Problem";

/// The names of one document's components.
#[derive(Debug)]
pub(super) struct Names {
    short: HashMap<String, String>,
    /// Messages that occur in requests and in responses. Their request schemas have the suffix `-Input`.
    both_ways: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(routes: &[Route]) -> Self {
        let mut inputs = Reached::default();
        let mut outputs = Reached::default();
        for route in routes {
            inputs.message(&route.input);
            outputs.message(&route.output);
        }
        let full: BTreeSet<&String> = [&inputs, &outputs]
            .into_iter()
            .flat_map(|reached| reached.messages.iter().chain(&reached.enums))
            .collect();
        let mut taken: HashMap<&str, usize> = HashMap::from([(STATUS, 1), (PROBLEM, 1)]);
        for name in &full {
            *taken.entry(last(name)).or_default() += 1;
        }
        Self {
            short: full
                .iter()
                .map(|name| {
                    let short = last(name);
                    let chosen = if taken[short] == 1 {
                        short
                    } else {
                        name.as_str()
                    };
                    ((*name).clone(), chosen.to_owned())
                })
                .collect(),
            both_ways: inputs
                .messages
                .intersection(&outputs.messages)
                .cloned()
                .collect(),
        }
    }

    pub(super) fn message(&self, message: &MessageDescriptor, direction: Direction) -> String {
        let name = self.short(message.full_name());
        if direction == Direction::Request && self.both_ways.contains(message.full_name()) {
            format!("{name}-Input")
        } else {
            name.to_owned()
        }
    }

    pub(super) fn enumeration(&self, described: &EnumDescriptor) -> String {
        self.short(described.full_name()).to_owned()
    }

    fn short<'n>(&'n self, full: &'n str) -> &'n str {
        self.short.get(full).map_or(full, String::as_str)
    }
}

fn last(full: &str) -> &str {
    full.rsplit_once('.').map_or(full, |(_, name)| name)
}

#[derive(Debug, Default)]
struct Reached {
    messages: BTreeSet<String>,
    enums: BTreeSet<String>,
}

impl Reached {
    fn message(&mut self, message: &MessageDescriptor) {
        let mut pending = vec![message.clone()];
        while let Some(message) = pending.pop() {
            let is_new = message.is_map_entry()
                || (!known::is_known(&message)
                    && self.messages.insert(message.full_name().to_owned()));
            if !is_new {
                continue;
            }
            for field in message.fields() {
                let kind = field.kind();
                if let Some(inner) = kind.as_message() {
                    pending.push(inner.clone());
                }
                if let Some(described) = kind.as_enum() {
                    self.enums.insert(described.full_name().to_owned());
                }
            }
        }
    }
}
