//! The form of JSON that a gateway reads and writes. Reads and writes none.

/// Where the JSON of a gateway differs from canonical proto3 JSON, read strictly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonForm {
    /// Ignores unknown fields, unknown query parameters and unknown names of enum values, instead of refusing them.
    pub ignores_unknown: bool,
    /// Writes fields without presence that have their default value, and empty lists and maps.
    pub emits_defaults: bool,
    /// Writes the names of fields as in the proto, instead of in camel case. Both are read.
    pub emits_proto_names: bool,
    /// Writes the numbers of enum values instead of their names. Both are read.
    pub emits_enum_numbers: bool,
}
