//! A fault in a caller's input: its JSON path and its description. Knows no status codes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A fault in the caller's input. Boxed, so that a `Result` with it stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    /// Innermost step first: each caller appends its step while the error is returned, so valid input costs nothing.
    path: Vec<Step>,
    description: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    Key(String),
}

impl Fault {
    pub(crate) fn new(description: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            path: Vec::new(),
            description: description.into(),
        }))
    }

    /// Adds the outer field `name` to the path.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.0.path.push(Step::Field(clip(name).into_owned()));
        self
    }

    /// Adds the position `at` of a list, from 0, to the path.
    pub(crate) fn at_index(mut self, at: usize) -> Self {
        self.0.path.push(Step::Index(at));
        self
    }

    /// Adds the map key `key` to the path.
    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.0.path.push(Step::Key(clip(key).into_owned()));
        self
    }

    /// The JSON path, such as `tickets[1].seatId`; empty for the whole input.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Step::Index(at) => {
                    write!(path, "[{at}]").expect("writing to a String cannot fail");
                }
                Step::Key(key) => {
                    write!(path, "[{key:?}]").expect("writing to a String cannot fail");
                }
            }
        }
        path
    }

    /// The description: either the predicate of a sentence about the field, or a sentence that starts with `the `.
    pub(crate) fn description(&self) -> &str {
        &self.0.description
    }
}

/// The longest excerpt of a caller's text in an error, in bytes. It keeps errors smaller than their requests.
const SHOWN_BYTES_MAX: usize = 128;

/// `text`, cut to [`SHOWN_BYTES_MAX`] bytes and marked with `…` where it is longer.
pub(crate) fn clip(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(SHOWN_BYTES_MAX);
    Cow::Owned(format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_truncated() {
        let fault = Fault::new("").in_field(&"ü".repeat(1000));
        assert_eq!(fault.path(), format!("{}…", "ü".repeat(64)));
    }

    #[test]
    fn a_path_uses_json_names_indexes_and_keys() {
        let fault = Fault::new("is too long")
            .in_field("seatId")
            .at_index(1)
            .in_field("tickets");
        assert_eq!(fault.path(), "tickets[1].seatId");
        let fault = Fault::new("").at_key("a b").in_field("metadata");
        assert_eq!(fault.path(), "metadata[\"a b\"]");
    }
}
