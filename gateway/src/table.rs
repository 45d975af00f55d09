//! The shape of generated tables: messages, enums and routes as plain statics. Owns look-ups in them; reads no request.

/// Everything generated from one descriptor set.
#[derive(Debug)]
pub struct Tables {
    /// Sorted by full name.
    pub messages: &'static [&'static Message],
    /// In the order of the protos.
    pub routes: &'static [Route],
    /// Whose errors the gateway's own are: their `ErrorInfo.domain`; empty when nobody is said.
    pub domain: &'static str,
    /// The OpenAPI document of the routes.
    pub openapi: &'static str,
}

/// A message.
pub struct Message {
    /// The full name.
    pub name: &'static str,
    /// Which JSON it has.
    pub shape: Shape,
    /// Sorted by number.
    pub fields: &'static [Field],
    /// Each name a field is accepted by, sorted, with its place in `fields`.
    pub keys: &'static [(&'static str, u16)],
    /// The number of the text field `etag`, which HTTP has headers for.
    pub etag: Option<u32>,
}

/// A field.
pub struct Field {
    /// Its number on the wire.
    pub number: u32,
    /// Its name in the proto.
    pub name: &'static str,
    /// Its name in JSON.
    pub json: &'static str,
    /// `"json":`, ready to be written.
    pub key: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// How often it holds it.
    pub label: Label,
    /// The oneof it is a member of, by its place in the message.
    pub oneof: Option<u16>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "protobuf's own names")]
pub enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    Message(&'static Message),
    Group(&'static Message),
    Enum(&'static Enum),
}

/// How often a field holds a value, and whether a default value differs from none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Once; the default value is the same as none.
    Implicit,
    /// Once or not at all.
    Explicit,
    /// Any number of times.
    Repeated {
        /// Whether numbers are written as one run.
        packed: bool,
    },
    /// A map; the kind is its entry message (key 1, value 2).
    Map,
}

/// Which JSON a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the well-known types' own names")]
pub enum Shape {
    /// An object of its fields.
    Plain,
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    Value,
    ListValue,
    Empty,
    /// Any of `google.protobuf.*Value` with one field.
    Wrapper,
    /// Raw bytes with a content type, where it is a whole request or answer.
    HttpBody,
}

/// An enum.
pub struct Enum {
    /// The full name.
    pub name: &'static str,
    /// Whether it is `google.protobuf.NullValue`.
    pub null: bool,
    /// Sorted by name, aliases included.
    pub by_name: &'static [(&'static str, i32)],
    /// Sorted by number, the first declared of aliases.
    pub by_number: &'static [(i32, &'static str)],
}

/// An HTTP route of an rpc.
#[derive(Debug)]
pub struct Route {
    /// The HTTP method; `*` is any.
    pub method: &'static str,
    /// The path template as the proto writes it.
    pub template: &'static str,
    /// The custom verb, or empty.
    pub verb: &'static str,
    /// The path's parts.
    pub segments: &'static [Segment],
    /// What the path binds.
    pub variables: &'static [Variable],
    /// What the body is.
    pub body: Body,
    /// The only field that is answered, when not the whole message.
    pub response_body: Option<&'static Field>,
    /// `/package.Service/Method`.
    pub grpc: &'static str,
    /// The request.
    pub input: &'static Message,
    /// The answer.
    pub output: &'static Message,
    /// Whether requests are streamed.
    pub client_streaming: bool,
    /// Whether answers are streamed.
    pub server_streaming: bool,
}

/// One part of a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this.
    Literal(&'static str),
    /// Any one part.
    One,
    /// All that is left.
    Rest,
}

/// A field bound from the path.
#[derive(Debug)]
pub struct Variable {
    /// The dotted path, by proto names.
    pub name: &'static str,
    /// The first segment it covers.
    pub first: usize,
    /// How many segments of the template it covers.
    pub count: usize,
    /// The fields from the request inwards.
    pub path: &'static [&'static Field],
}

/// What a request's body is.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// The whole request.
    Whole,
    /// One field of it.
    Field(&'static Field),
}

impl Tables {
    /// The message of that full name.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<&'static Message> {
        self.messages
            .binary_search_by(|message| message.name.cmp(name))
            .ok()
            .map(|at| self.messages[at])
    }
}

impl Kind {
    /// The message it holds.
    #[must_use]
    pub const fn message(self) -> Option<&'static Message> {
        match self {
            Self::Message(message) | Self::Group(message) => Some(message),
            Self::Double
            | Self::Float
            | Self::Int32
            | Self::Int64
            | Self::Uint32
            | Self::Uint64
            | Self::Sint32
            | Self::Sint64
            | Self::Fixed32
            | Self::Fixed64
            | Self::Sfixed32
            | Self::Sfixed64
            | Self::Bool
            | Self::String
            | Self::Bytes
            | Self::Enum(_) => None,
        }
    }
}

impl Message {
    /// The place of the field that JSON calls `key`, by either of its names; `hint` is where it most likely is.
    #[inline]
    #[must_use]
    pub fn place_of_key(&self, key: &str, hint: usize) -> Option<usize> {
        if let Some(field) = self.fields.get(hint)
            && field.json == key
        {
            return Some(hint);
        }
        self.keys
            .binary_search_by(|(name, _)| (*name).cmp(key))
            .ok()
            .map(|at| usize::from(self.keys[at].1))
    }

    /// The place of the field with that number; `hint` is where it most likely is.
    #[inline]
    #[must_use]
    pub fn place_of_number(&self, number: u32, hint: usize) -> Option<usize> {
        if let Some(field) = self.fields.get(hint)
            && field.number == number
        {
            return Some(hint);
        }
        self.fields
            .binary_search_by_key(&number, |field| field.number)
            .ok()
    }
}

impl Enum {
    /// The number of that name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i32> {
        self.by_name
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .map(|at| self.by_name[at].1)
    }

    /// The name of that number.
    #[must_use]
    pub fn name_of(&self, number: i32) -> Option<&'static str> {
        self.by_number
            .binary_search_by_key(&number, |(known, _)| *known)
            .ok()
            .map(|at| self.by_number[at].1)
    }
}

// Messages refer to each other in circles: `Debug` stops at the name.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Message").field(&self.name).finish()
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

impl std::fmt::Debug for Enum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Enum").field(&self.name).finish()
    }
}
