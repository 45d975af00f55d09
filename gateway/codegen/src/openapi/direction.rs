//! The direction that a schema describes: requests and responses of one message differ. Knows no schemas.

/// Whether a schema describes a request or a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Required fields are required, fields without a value may be `null`, other fields are refused.
    Request,
    /// Default values are omitted, so no field is required.
    Response,
}
