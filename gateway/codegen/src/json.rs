//! JSON values whose objects keep the order of insertion, so that the document has the order of the protos. Knows no
//! OpenAPI.

use std::fmt::{self, Write as _};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// An object whose pairs keep the order of insertion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(String, Json)>);

/// Builds an [`Object`] from a literal.
macro_rules! object {
    ($($key:literal : $value:expr),* $(,)?) => {
        $crate::json::Object::default()$(.with($key, $value))*
    };
}
pub(crate) use object;

impl Object {
    pub(crate) fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.set(key, value);
        self
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Json>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Json> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object at `key`; inserts an empty one when there is none.
    pub(crate) fn under(&mut self, key: &str) -> &mut Object {
        if !matches!(self.get(key), Some(Json::Object(_))) {
            self.set(key, Object::default());
        }
        let slot = self.0.iter_mut().find(|(known, _)| known == key);
        let Some((_, Json::Object(inner))) = slot else {
            unreachable!("the value at the key is an object");
        };
        inner
    }

    /// Sets every pair of `other`.
    pub(crate) fn extend(&mut self, other: Object) {
        for (key, value) in other.0 {
            self.set(&key, value);
        }
    }

    /// Applies a merge patch (RFC 7396): objects are merged, null removes a pair, any other value replaces.
    pub(crate) fn merge(&mut self, patch: Object) {
        for (key, value) in patch.0 {
            match value {
                Json::Null => {
                    self.remove(&key);
                }
                Json::Object(inner) => self.under(&key).merge(inner),
                Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
                    self.set(&key, value);
                }
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl FromIterator<(String, Json)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(pairs: I) -> Self {
        let mut object = Self::default();
        for (key, value) in pairs {
            object.set(&key, value);
        }
        object
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Number(number.to_string())
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number.to_string()),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(list) => list.into(),
            serde_json::Value::Object(pairs) => Self::Object(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}

/// Writes the JSON with an indentation of two spaces.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, 0, f)
    }
}

fn write(value: &Json, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Json::Null => f.write_str("null"),
        Json::Bool(value) => write!(f, "{value}"),
        Json::Number(number) => f.write_str(number),
        Json::Text(text) => quoted(text, f),
        Json::List(list) if list.is_empty() => f.write_str("[]"),
        Json::Object(object) if object.is_empty() => f.write_str("{}"),
        Json::List(list) => {
            f.write_char('[')?;
            for (at, value) in list.iter().enumerate() {
                line(at, depth + 1, f)?;
                write(value, depth + 1, f)?;
            }
            line(0, depth, f)?;
            f.write_char(']')
        }
        Json::Object(object) => {
            f.write_char('{')?;
            for (at, (key, value)) in object.iter().enumerate() {
                line(at, depth + 1, f)?;
                quoted(key, f)?;
                f.write_str(": ")?;
                write(value, depth + 1, f)?;
            }
            line(0, depth, f)?;
            f.write_char('}')
        }
    }
}

fn line(at: usize, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if at > 0 {
        f.write_char(',')?;
    }
    write!(f, "\n{:indent$}", "", indent = depth * 2)
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_json_is_valid_and_keeps_its_order() {
        let object = object! {
            "z": "a \"quoted\"\n\u{1}",
            "a": vec![Json::Null, Json::from(7_u64), Json::Bool(true)],
            "o": object! {},
        };
        let text = Json::from(object).to_string();
        assert_eq!(
            text,
            "{\n  \"z\": \"a \\\"quoted\\\"\\n\\u0001\",\n  \"a\": [\n    null,\n    7,\n    true\n  ],\n  \"o\": {}\n}"
        );
        let read: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(read["z"], "a \"quoted\"\n\u{1}");
    }

    #[test]
    fn a_merge_patch_adds_replaces_and_removes() {
        let mut object = object! {"keep": 1_u64, "drop": 2_u64, "in": object! {"a": 1_u64}};
        object.merge(object! {"drop": Json::Null, "in": object! {"b": "x"}, "new": true});
        assert_eq!(
            object,
            object! {"keep": 1_u64, "in": object! {"a": 1_u64, "b": "x"}, "new": true}
        );
    }
}
