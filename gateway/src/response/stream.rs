//! The response to a streaming call: its head, and the wait for the first message. Knows no frame formats.

pub(super) mod format;
pub(crate) mod frames;

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use tokio::time::{sleep, sleep_until};
use tonic::Streaming;

use super::body::Content;
use crate::limits::FIRST_MESSAGE_WAIT;
use crate::problem::Problem;
use crate::table::{Route, Tables};
use crate::upstream::{self, metadata};
use frames::{Bounds, Frames};

pub(crate) use format::Format;

/// Disables response buffering in reverse proxies.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The response to a streaming call. A failure before the first message is answered with a status. When no message
/// arrives within [`FIRST_MESSAGE_WAIT`], the response starts without one. Dropping the future cancels the call.
pub(crate) async fn response(
    tables: &'static Tables,
    route: &'static Route,
    format: Format,
    reply: tonic::Response<Streaming<Bytes>>,
    mut bounds: Bounds,
) -> Result<Response<Content>, Problem> {
    let (reply_metadata, mut messages, _) = reply.into_parts();
    let wait = match format {
        // The first message holds the content type, which is part of the head.
        Format::Raw => None,
        Format::Lines | Format::Events => Some(FIRST_MESSAGE_WAIT),
    };
    let message = first(&mut messages, &mut bounds, wait).await?;
    let mut frames = Frames::new(tables, route, format, messages, bounds);
    let mut content_type = None;
    if let Some(message) = message {
        content_type = format.type_of(route, &message)?;
        frames.first = Some(frames.render(&message)?);
    }
    Ok(head(frames, reply_metadata.into_headers(), content_type))
}

/// The first message; none when the stream ends or `wait` passes without one.
async fn first(
    messages: &mut Streaming<Bytes>,
    bounds: &mut Bounds,
    wait: Option<Duration>,
) -> Result<Option<Bytes>, Problem> {
    let Bounds {
        deadline, shutdown, ..
    } = bounds;
    let deadline = async {
        match deadline {
            Some(at) => sleep_until(*at).await,
            None => pending().await,
        }
    };
    let silence = async {
        match wait {
            Some(wait) => sleep(wait).await,
            None => pending().await,
        }
    };
    tokio::select! {
        message = messages.message() => message.map_err(|status| upstream::problem(&status)),
        () = shutdown.wait() => Err(Problem::shutting_down()),
        () = deadline => Err(Problem::deadline_exceeded()),
        () = silence => Ok(None),
    }
}

fn head(
    frames: Frames,
    reply_metadata: HeaderMap,
    content_type: Option<HeaderValue>,
) -> Response<Content> {
    let content_type =
        content_type.unwrap_or_else(|| HeaderValue::from_static(frames.format.content_type()));
    let mut response = Response::new(Content::Stream(Box::new(frames)));
    let headers = response.headers_mut();
    metadata::outward(&reply_metadata, headers);
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
}
