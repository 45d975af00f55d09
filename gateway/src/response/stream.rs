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

/// Proxies hold small answers back unless they are told not to.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The response to a call that streams. A failure before the first message is a problem like any other; a service that
/// says nothing for a while has its response begun without one.
pub(crate) async fn response(
    tables: &'static Tables,
    route: &'static Route,
    format: Format,
    reply: tonic::Response<Streaming<Bytes>>,
    mut bounds: Bounds,
) -> Result<Response<Content>, Problem> {
    let (reply_metadata, mut messages, _) = reply.into_parts();
    let patience = match format {
        // Its type stands in the first message, and the type is part of the head.
        Format::Raw => None,
        Format::Lines | Format::Events => Some(FIRST_MESSAGE_WAIT),
    };
    let message = first(&mut messages, &mut bounds, patience).await?;
    let mut frames = Frames::new(tables, route, format, messages, bounds);
    let mut content_type = None;
    if let Some(message) = message {
        content_type = format.type_of(route, &message)?;
        frames.first = Some(frames.show(&message)?);
    }
    Ok(head(frames, reply_metadata.into_headers(), content_type))
}

/// The first message; none when there is none, or none within the patience.
async fn first(
    messages: &mut Streaming<Bytes>,
    bounds: &mut Bounds,
    patience: Option<Duration>,
) -> Result<Option<Bytes>, Problem> {
    let Bounds {
        deadline, shutdown, ..
    } = bounds;
    let over = async {
        match deadline {
            Some(at) => sleep_until(*at).await,
            None => pending().await,
        }
    };
    let silence = async {
        match patience {
            Some(patience) => sleep(patience).await,
            None => pending().await,
        }
    };
    tokio::select! {
        message = messages.message() => message.map_err(|status| upstream::problem(&status)),
        () = shutdown.wait() => Err(Problem::shutting_down()),
        () = over => Err(Problem::deadline_exceeded()),
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
