//! The comments of messages, fields, enums, rpcs and services in the protos. Knows no OpenAPI.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor,
    MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

/// Leading comments, by file and descriptor path. Empty for a set without source info.
#[derive(Debug, Default)]
pub(crate) struct Comments(HashMap<(String, Vec<i32>), String>);

/// A descriptor that can have a comment.
pub(crate) trait Commented {
    /// Its file, and its descriptor path in the file.
    fn location(&self) -> (FileDescriptor, &[i32]);
}

macro_rules! commented {
    ($($kind:ty),*) => {$(
        impl Commented for $kind {
            fn location(&self) -> (FileDescriptor, &[i32]) {
                (self.parent_file(), self.path())
            }
        }
    )*};
}
commented!(
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MessageDescriptor,
    MethodDescriptor,
    ServiceDescriptor
);

impl Comments {
    pub(crate) fn of(pool: &DescriptorPool) -> Self {
        let mut comments = HashMap::new();
        for file in pool.files() {
            let Some(info) = &file.file_descriptor_proto().source_code_info else {
                continue;
            };
            for location in &info.location {
                let text = tidy(location.leading_comments());
                if !text.is_empty() {
                    comments.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(comments)
    }

    /// The leading comment of `described`; empty when there is none.
    pub(crate) fn on(&self, described: &impl Commented) -> &str {
        let (file, path) = described.location();
        self.0
            .get(&(file.name().to_owned(), path.to_vec()))
            .map_or("", String::as_str)
    }
}

/// Removes the space after `//`, and lines that address linters.
fn tidy(comment: &str) -> String {
    let lines: Vec<&str> = comment
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .filter(|line| !line.starts_with("buf:lint:") && !line.starts_with("(--"))
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The first sentence, up to a colon, in one line without the full stop.
pub(crate) fn summary(comment: &str) -> String {
    let flat = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = [". ", ": "]
        .iter()
        .filter_map(|stop| flat.find(stop))
        .min()
        .unwrap_or(flat.len());
    flat[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentence_in_one_line() {
        assert_eq!(
            summary("Books a seat\nor two. Then more."),
            "Books a seat or two"
        );
        assert_eq!(summary("Books: it holds."), "Books");
        assert_eq!(summary("Costs 1.5 each."), "Costs 1.5 each");
        assert_eq!(summary(""), "");
    }

    #[test]
    fn a_comment_loses_its_margin_and_keeps_its_line_breaks() {
        assert_eq!(
            tidy(" One.\n\n  * two\n buf:lint:ignore X\n"),
            "One.\n\n * two"
        );
    }
}
