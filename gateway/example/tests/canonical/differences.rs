//! The known differences of the two mappings: JSON that only one of them accepts, with the reason for the gateway's
//! choice. Generates no messages.

mod tests;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::syntax::Node;

/// The implementation that accepts the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    Ours,
    Theirs,
}

/// A kind of JSON that only one implementation accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    /// A duplicate key in an object. RFC 8259 calls the result unpredictable, and protobuf's conformance tests refuse
    /// it.
    DuplicateKey,
    /// `"01"` or `"+1"` as a map key. Two texts would be the same key.
    KeySpelling,
    /// `",a"` as a field mask. No encoder writes an empty path.
    EmptyPath,
    /// Ten or more digits of a fraction of a second. Protobuf has nanoseconds, and truncation would change the value.
    SubNanosecond,
    /// Second `60` of a minute, which a Timestamp cannot hold; a duration with more digits than its range needs.
    LooseTime,
    /// `"+1"`, `"01"`, `"1."`, `"inf"` for a number. A number in quotes must follow the grammar of JSON.
    LooseNumber,
    /// `"1e999"` for a double. A value out of range is refused instead of read as infinite.
    Overflow,
    /// `"1e2"`, `"1.0"`, `"-0"` for a whole number. In quotes the same spellings are accepted as without them.
    QuotedExponent,
    /// `1.0` for an enum's number, which is accepted like any other whole number.
    EnumExponent,
    /// `{}` as an Any, which is the empty Any.
    EmptyAny,
    /// An Any of an Empty without `value`, which holds no information, and which protobuf's own JSON omits.
    EmptyInAny,
}

use Difference as D;

impl Difference {
    pub(crate) fn accepted_by(self) -> Accepts {
        match self {
            D::DuplicateKey
            | D::KeySpelling
            | D::EmptyPath
            | D::SubNanosecond
            | D::LooseTime
            | D::LooseNumber
            | D::Overflow => Accepts::Theirs,
            D::QuotedExponent | D::EnumExponent | D::EmptyAny | D::EmptyInAny => Accepts::Ours,
        }
    }
}

/// One difference in a text, with its path in the format of the gateway's refusals.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) path: String,
    pub(crate) difference: Difference,
}

/// All differences in one message's JSON, in the order of the text.
pub(crate) fn occurrences(described: &MessageDescriptor, json: &Node) -> Vec<Occurrence> {
    let mut walk = Walk {
        occurrences: Vec::new(),
    };
    walk.message(described, json, "");
    walk.occurrences
}

struct Walk {
    occurrences: Vec<Occurrence>,
}

impl Walk {
    fn note(&mut self, path: &str, difference: Difference) {
        self.occurrences.push(Occurrence {
            path: path.to_owned(),
            difference,
        });
    }

    fn message(&mut self, described: &MessageDescriptor, node: &Node, path: &str) {
        match (described.full_name(), node) {
            ("google.protobuf.Any", Node::Object(members)) => self.any(described, members, path),
            ("google.protobuf.FieldMask", Node::Text(text))
                if !text.is_empty() && text.split(',').any(str::is_empty) =>
            {
                self.note(path, D::EmptyPath);
            }
            ("google.protobuf.Timestamp", Node::Text(text)) => {
                if too_fine(text) {
                    self.note(path, D::SubNanosecond);
                } else if text.get(17..19) == Some("60") {
                    self.note(path, D::LooseTime);
                }
            }
            ("google.protobuf.Duration", Node::Text(text)) => {
                if too_fine(text) {
                    self.note(path, D::SubNanosecond);
                } else if is_long(text) {
                    self.note(path, D::LooseTime);
                }
            }
            (
                "google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue",
                node,
            ) => self.dynamic(node, path),
            (name, Node::Object(members)) if !is_wrapper(name) => {
                self.fields(described, members, "", path);
            }
            (name, node) if is_wrapper(name) => {
                let field = described.get_field(1).expect("a wrapper has one");
                self.scalar(&field.kind(), node, path);
            }
            _ => {}
        }
    }

    fn any(&mut self, described: &MessageDescriptor, members: &[(String, Node)], path: &str) {
        if members.is_empty() {
            return self.note(path, D::EmptyAny);
        }
        let Some(Node::Text(url)) = member(members, "@type") else {
            return;
        };
        let name = url.rsplit_once('/').map_or("", |(_, name)| name);
        let Some(payload) = described.parent_pool().get_message_by_name(name) else {
            return;
        };
        if !is_known(name) {
            return self.fields(&payload, members, "@type", path);
        }
        self.twice(members, |key| joined(path, key));
        match member(members, "value") {
            Some(value) => self.message(&payload, value, &joined(path, "value")),
            None if name == "google.protobuf.Empty" => self.note(path, D::EmptyInAny),
            None => {}
        }
    }

    /// The members of an object that are fields, except for the one named `besides`.
    fn fields(
        &mut self,
        described: &MessageDescriptor,
        members: &[(String, Node)],
        besides: &str,
        path: &str,
    ) {
        let place = |key: &str| match field_of(described, key) {
            Some(field) => joined(path, field.json_name()),
            None => joined(path, key),
        };
        self.twice(members, place);
        // The JSON name and the proto name are the same field.
        let mut seen: Vec<u32> = Vec::new();
        for (key, value) in members.iter().filter(|(key, _)| key != besides) {
            let Some(field) = field_of(described, key) else {
                continue;
            };
            if seen.contains(&field.number()) {
                self.note(&place(key), D::DuplicateKey);
            }
            seen.push(field.number());
            self.field(&field, value, &place(key));
        }
    }

    fn field(&mut self, field: &FieldDescriptor, node: &Node, path: &str) {
        match node {
            Node::List(elements) if field.is_list() => {
                for (at, element) in elements.iter().enumerate() {
                    self.value(&field.kind(), element, &format!("{path}[{at}]"));
                }
            }
            Node::Object(members) if field.is_map() => self.map(field, members, path),
            _ if field.is_list() || field.is_map() => {}
            Node::Text(_) | Node::Number | Node::List(_) | Node::Object(_) | Node::Other => {
                self.value(&field.kind(), node, path);
            }
        }
    }

    fn map(&mut self, field: &FieldDescriptor, members: &[(String, Node)], path: &str) {
        let Kind::Message(entry) = field.kind() else {
            panic!("a map has entries");
        };
        let (key_kind, value_kind) = (
            entry.map_entry_key_field().kind(),
            entry.map_entry_value_field().kind(),
        );
        self.twice(members, |key| format!("{path}[{key:?}]"));
        for (key, value) in members {
            let path = format!("{path}[{key:?}]");
            let text_itself = matches!(key_kind, Kind::String | Kind::Bool);
            if !text_itself
                && key
                    .parse::<i128>()
                    .is_ok_and(|number| number.to_string() != *key)
            {
                self.note(&path, D::KeySpelling);
            }
            self.value(&value_kind, value, &path);
        }
    }

    fn value(&mut self, kind: &Kind, node: &Node, path: &str) {
        if let Kind::Message(described) = kind {
            self.message(described, node, path);
        } else {
            self.scalar(kind, node, path);
        }
    }

    fn scalar(&mut self, kind: &Kind, node: &Node, path: &str) {
        match (kind, node) {
            (Kind::Double | Kind::Float, Node::Text(text)) => {
                let too_large = if matches!(kind, Kind::Double) {
                    text.parse().is_ok_and(f64::is_infinite)
                } else {
                    text.parse().is_ok_and(f32::is_infinite)
                };
                if !is_json_number(text) {
                    self.note(path, D::LooseNumber);
                } else if too_large {
                    self.note(path, D::Overflow);
                }
            }
            (Kind::Enum(_), Node::Number) => self.note(path, D::EnumExponent),
            (Kind::String | Kind::Bytes | Kind::Bool | Kind::Enum(_) | Kind::Message(_), _) => {}
            (_, Node::Text(text)) => {
                let plain = text.parse::<i128>().is_ok();
                match (is_json_number(text), plain) {
                    (false, true) => self.note(path, D::LooseNumber),
                    (true, false) => self.note(path, D::QuotedExponent),
                    (true, true) if text == "-0" => self.note(path, D::QuotedExponent),
                    (true, true) | (false, false) => {}
                }
            }
            _ => {}
        }
    }

    fn dynamic(&mut self, node: &Node, path: &str) {
        match node {
            Node::Object(members) => {
                self.twice(members, |key| format!("{path}[{key:?}]"));
                for (key, value) in members {
                    self.dynamic(value, &format!("{path}[{key:?}]"));
                }
            }
            Node::List(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    self.dynamic(element, &format!("{path}[{at}]"));
                }
            }
            Node::Text(_) | Node::Number | Node::Other => {}
        }
    }

    fn twice(&mut self, members: &[(String, Node)], place: impl Fn(&str) -> String) {
        for (at, (key, _)) in members.iter().enumerate() {
            if members[..at].iter().any(|(earlier, _)| earlier == key) {
                self.note(&place(key), D::DuplicateKey);
            }
        }
    }
}

fn too_fine(time: &str) -> bool {
    let fraction = time.split_once('.').map_or("", |(_, after)| after);
    fraction.bytes().take_while(u8::is_ascii_digit).count() > 9
}

/// More than 12 digits of seconds.
fn is_long(duration: &str) -> bool {
    let seconds = duration.trim_start_matches('-').trim_end_matches('s');
    let whole = seconds.split_once('.').map_or(seconds, |(whole, _)| whole);
    whole.len() > 12
}

fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

fn member<'a>(members: &'a [(String, Node)], wanted: &str) -> Option<&'a Node> {
    let mut found = members.iter().filter(|(key, _)| key == wanted);
    found.next().map(|(_, node)| node)
}

fn field_of(described: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    described
        .get_field_by_json_name(key)
        .or_else(|| described.get_field_by_name(key))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn is_wrapper(name: &str) -> bool {
    name.starts_with("google.protobuf.") && name.ends_with("Value") && !is_dynamic(name)
}

fn is_dynamic(name: &str) -> bool {
    ["Struct", "Value", "ListValue", "NullValue"]
        .iter()
        .any(|known| name.strip_prefix("google.protobuf.") == Some(known))
}

/// Whether an Any holds the message as `value`.
fn is_known(name: &str) -> bool {
    const OTHERS: [&str; 5] = ["Any", "Timestamp", "Duration", "FieldMask", "Empty"];
    let other = |known: &str| name.strip_prefix("google.protobuf.") == Some(known);
    is_wrapper(name) || is_dynamic(name) || OTHERS.into_iter().any(other)
}
