//! Checks the bounds of a request's head: path, query and header fields. Reads no values.

use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX};
use crate::problem::Problem;

/// Refuses a head that exceeds its bounds. A head beyond the bounds of what is read never gets here.
pub(super) fn check(head: &http::request::Parts) -> Result<(), Problem> {
    if head.uri.path().len() > PATH_BYTES_MAX {
        return Err(Problem::too_large("path", PATH_BYTES_MAX));
    }
    if head.uri.query().unwrap_or_default().len() > QUERY_BYTES_MAX {
        return Err(Problem::too_large("query", QUERY_BYTES_MAX));
    }
    let fields = head.headers.iter();
    let bytes: usize = fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if head.headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Problem::headers_too_large());
    }
    Ok(())
}
