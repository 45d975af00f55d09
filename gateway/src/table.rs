//! The types of generated tables: messages, enums and routes as statics. Owns look-ups in them; reads no request.

/// All tables that are generated from one descriptor set.
#[derive(Debug)]
pub struct Tables {
    /// All messages, sorted by full name.
    pub messages: &'static [&'static Message],
    /// All routes, in the order of the protos.
    pub routes: &'static [Route],
    /// `ErrorInfo.domain` of the gateway's own errors; empty when none was given.
    pub domain: &'static str,
    /// The OpenAPI document of the routes, as JSON.
    pub openapi: &'static str,
    /// The form of JSON.
    pub json: Json,
}

/// Where JSON differs from the canonical form, in which nothing is set. The names of fields in answers are in the tables
/// of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json {
    /// Unknown fields, unknown query parameters and unknown names of enum values are ignored instead of refused.
    pub ignores_unknown: bool,
    /// Answers contain fields without presence that have their default value, and empty lists and maps.
    pub emits_defaults: bool,
    /// Answers contain the numbers of enum values instead of their names.
    pub emits_enum_numbers: bool,
}

pub struct Message {
    pub name: &'static str,
    /// The form of its JSON.
    pub shape: Shape,
    /// Its fields, sorted by number.
    pub fields: &'static [Field],
    /// Every accepted JSON key, sorted, with the index of its field in `fields`.
    pub keys: &'static [(&'static str, u16)],
    /// The number of the string field `etag`, which `ETag` and `If-Match` map to.
    pub etag: Option<u32>,
}

/// A field of a message.
pub struct Field {
    pub number: u32,
    /// The name in the proto, in snake case.
    pub name: &'static str,
    /// The JSON name, in camel case unless the proto overrides it.
    pub json: &'static str,
    /// The JSON name in quotes with a colon.
    pub key: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Its cardinality and presence.
    pub label: Label,
    /// The index of its oneof in the message.
    pub oneof: Option<u16>,
}

/// The type of a field's values.
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

/// The cardinality of a field, and whether a default value differs from no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Singular without presence: the default value equals no value.
    Implicit,
    Explicit,
    Repeated {
        /// Whether numbers are encoded as one packed record.
        packed: bool,
    },
    /// A map. The kind is its entry message, with the key as field 1 and the value as field 2.
    Map,
}

/// The form of a message's JSON.
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
    /// A wrapper of one scalar, such as `google.protobuf.StringValue`.
    Wrapper,
    /// Raw bytes with a content type, where it is a whole body; an object of fields elsewhere.
    HttpBody,
}

pub struct Enum {
    pub name: &'static str,
    /// Whether it is `google.protobuf.NullValue`.
    pub null: bool,
    /// The values by name, sorted, with aliases.
    pub by_name: &'static [(&'static str, i32)],
    /// The values by number, sorted; of aliases only the first declared.
    pub by_number: &'static [(i32, &'static str)],
}

/// One HTTP binding of an rpc.
#[derive(Debug)]
pub struct Route {
    /// The HTTP method in upper case; `*` matches any.
    pub method: &'static str,
    /// The path template as the proto writes it.
    pub template: &'static str,
    /// The custom verb after `:`; empty when there is none.
    pub verb: &'static str,
    /// The segments of the template, with variables expanded.
    pub segments: &'static [Segment],
    /// The variables of the template.
    pub variables: &'static [Variable],
    /// What the request's body holds.
    pub body: Body,
    /// The field that is returned as the body; none for the whole message.
    pub response_body: Option<&'static Field>,
    /// The gRPC path, `/package.Service/Method`.
    pub grpc: &'static str,
    /// The type of the request message.
    pub input: &'static Message,
    /// The type of the response message.
    pub output: &'static Message,
    /// Whether the rpc streams requests; such a route is answered 501.
    pub client_streaming: bool,
    /// Whether the rpc streams responses.
    pub server_streaming: bool,
}

/// One segment of a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    Literal(&'static str),
    /// `*`: any one segment that is not empty.
    One,
    /// `**`: all remaining segments, or none.
    Rest,
}

/// A path variable and the field that it sets.
#[derive(Debug)]
pub struct Variable {
    /// The dotted field path, in proto names.
    pub name: &'static str,
    /// The index of the first segment that it covers.
    pub first: usize,
    /// The number of template segments that it covers.
    pub count: usize,
    /// The fields of the path, from the request inwards.
    pub path: &'static [&'static Field],
}

/// What a request's body holds.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// The route takes no body.
    None,
    /// The whole request message.
    Whole,
    /// One field of the request message.
    Field(&'static Field),
}

impl Tables {
    /// Looks up a message by full name.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<&'static Message> {
        self.messages
            .binary_search_by(|message| message.name.cmp(name))
            .ok()
            .map(|at| self.messages[at])
    }
}

impl Kind {
    /// The message type of the values; none for scalars and enums.
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
    /// The index of the field with the JSON key `key`, which may be its JSON name or its proto name. `hint` is the
    /// index that is tried first.
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

    /// The index of the field with that number. `hint` is the index that is tried first.
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
    /// Looks up a value's number by name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i32> {
        self.by_name
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .map(|at| self.by_name[at].1)
    }

    /// Looks up a value's name by number.
    #[must_use]
    pub fn name_of(&self, number: i32) -> Option<&'static str> {
        self.by_number
            .binary_search_by_key(&number, |(known, _)| *known)
            .ok()
            .map(|at| self.by_number[at].1)
    }
}

// Messages may refer to each other in cycles, so `Debug` prints only the name.
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
