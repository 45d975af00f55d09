//! Enums of stored names that newer replicas may extend: an unknown name is kept as text and written back unchanged.
//!
//! Knows no name itself: `reason` and `event` list theirs.

/// An enum with one stored name per variant, and the variant `Other` for every other text.
macro_rules! open_names {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[doc = $meaning])+ $variant,)+
            /// A name that this binary does not know, such as one stored by a newer replica. Built by `From` only, so
            /// that a known name never stands here.
            Other(Box<str>),
        }

        impl $name {
            /// Every name that this binary knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The meaning of each name of `KNOWN`, in the same order: its documentation.
            #[cfg(test)]
            pub const MEANINGS: &'static [&'static str] = &[$(concat!($($meaning),+),)+];

            /// The name that is stored and shown.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.into_boxed_str()),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                text.to_owned().into()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                match name {
                    $name::Other(text) => text.into_string(),
                    known => known.as_str().to_owned(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use open_names;
