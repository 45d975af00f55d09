//! The enum fields of a request, and the names of their values, for errors that a person reads.

/// The enum fields of a request.
pub trait Enums {
    /// Number and name of each value of this field, as the proto names it, without the unspecified one. Empty for a field
    /// that is no enum.
    fn values(_field: &str) -> &'static [(i32, &'static str)] {
        &[]
    }
}

include!(concat!(env!("OUT_DIR"), "/enums.rs"));
