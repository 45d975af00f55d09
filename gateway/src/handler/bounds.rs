//! Checks a request's head: the bounds of path, query and header fields, and the framing of the body.

use http::header::TRANSFER_ENCODING;

use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX};
use crate::problem::Problem;

/// Refuses a head that exceeds its bounds. A head beyond the bounds of what is read never gets here.
pub(super) fn check(head: &http::request::Parts) -> Result<(), Problem> {
    if head.uri.path().len() > PATH_BYTES_MAX {
        return Err(Problem::target_too_long("path", PATH_BYTES_MAX));
    }
    if head.uri.query().unwrap_or_default().len() > QUERY_BYTES_MAX {
        return Err(Problem::target_too_long("query", QUERY_BYTES_MAX));
    }
    let fields = head.headers.iter();
    let bytes: usize = fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if head.headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Problem::headers_too_large());
    }
    transfer_coding(head)
}

/// Refuses every `Transfer-Encoding` but one `chunked`. The HTTP implementation has refused those that do not end with
/// it.
fn transfer_coding(head: &http::request::Parts) -> Result<(), Problem> {
    let values = head.headers.get_all(TRANSFER_ENCODING).iter();
    let codings = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let mut codings = codings.map(<[u8]>::trim_ascii);
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let (first, second) = (codings.next(), codings.next());
    if first
        .into_iter()
        .chain(second)
        .chain(codings)
        .any(|coding| !is_chunked(coding))
    {
        return Err(Problem::transfer_coding_not_implemented());
    }
    match second {
        Some(_) => Err(Problem::invalid_field(
            "Transfer-Encoding",
            "must be chunked, once",
        )),
        None => Ok(()),
    }
}
