//! What is wrong with a caller's text, and where. Owns the JSON path; knows no status codes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A refusal of something the caller sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    /// Innermost first: it grows while the error travels outwards, so that good input pays nothing for it.
    path: Vec<Step>,
    why: Cow<'static, str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
    Key(String),
}

impl Fault {
    pub(crate) fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            path: Vec::new(),
            why: why.into(),
        }))
    }

    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.0.path.push(Step::Field(clip(name).into_owned()));
        self
    }

    pub(crate) fn at_index(mut self, at: usize) -> Self {
        self.0.path.push(Step::Index(at));
        self
    }

    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.0.path.push(Step::Key(clip(key).into_owned()));
        self
    }

    /// Where: `tickets[1].seatId`; empty when it is the whole.
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

    /// What is wrong, as the end of a sentence about the field.
    pub(crate) fn why(&self) -> &str {
        &self.0.why
    }
}

/// What is shown of a text that the caller chose: an error must not be as large as its request.
const SHOWN_BYTES_MAX: usize = 128;

/// The beginning of `text`, where all of it would be too much.
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
    fn a_long_name_is_shown_in_part() {
        let fault = Fault::new("").in_field(&"ü".repeat(1000));
        assert_eq!(fault.path(), format!("{}…", "ü".repeat(64)));
    }

    #[test]
    fn a_path_reads_as_json_is_written() {
        let fault = Fault::new("is too long")
            .in_field("seatId")
            .at_index(1)
            .in_field("tickets");
        assert_eq!(fault.path(), "tickets[1].seatId");
        let fault = Fault::new("").at_key("a b").in_field("metadata");
        assert_eq!(fault.path(), "metadata[\"a b\"]");
    }
}
