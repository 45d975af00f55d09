//! Reads a request's body completely, within its bounds of size and time, and decodes it. Knows no formats.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use tokio::time::timeout;

use super::coding::{Coding, Undecodable};
use crate::limits::BODY_BYTES_MAX;
use crate::problem::Problem;

/// The decoded body, of at most [`BODY_BYTES_MAX`] bytes before and after decoding, received within `wait`. Dropping
/// the future drops the body.
pub(crate) async fn read<B>(headers: &HeaderMap, body: B, wait: Duration) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let coding = Coding::of_request(headers).map_err(|()| Problem::unsupported_coding())?;
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
        return Err(Problem::body_too_large());
    }
    let whole = Limited::new(body, BODY_BYTES_MAX).collect();
    let bytes = match timeout(wait, whole).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Problem::body_too_large()),
        Ok(Err(_)) => return Err(Problem::invalid_field("", "the body ended early")),
        Err(_) => return Err(Problem::body_too_slow()),
    };
    match coding {
        None => Ok(bytes),
        Some(_) if bytes.is_empty() => Ok(bytes),
        Some(coding) => coding
            .decode(&bytes, BODY_BYTES_MAX)
            .map_err(|error| match error {
                Undecodable::TooLarge => Problem::body_too_large(),
                Undecodable::Broken => Problem::invalid_field(
                    "",
                    "the body is not encoded as Content-Encoding declares",
                ),
            }),
    }
}
