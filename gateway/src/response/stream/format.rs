//! The bytes of a stream's frames: lines of JSON, server-sent events, or raw bytes. Knows no time and no connections.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::json::write::text;
use crate::problem::Problem;
use crate::request::accept;
use crate::response::message::{self, is_raw};
use crate::table::{Route, Tables};

/// A comment, which readers of server-sent events ignore.
pub(super) const KEEP_ALIVE: Bytes = Bytes::from_static(b": alive\n\n");
const EVENTS: &str = "text/event-stream";
const LINES: &str = "application/x-ndjson";

/// The failure of a raw stream, which can only be signalled by closing the connection.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the stream was cut off")]
pub(crate) struct Cut;

/// The format of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, one message per line.
    Lines,
    /// Server-sent events, when `Accept` names them.
    Events,
    /// The concatenated bytes of `google.api.HttpBody` messages.
    Raw,
}

impl Format {
    /// The format for the route's type of answer and the request's `Accept`.
    pub(crate) fn of(route: &'static Route, headers: &HeaderMap) -> Self {
        if is_raw(route) {
            Self::Raw
        } else if accept::names(headers, EVENTS) {
            Self::Events
        } else {
            Self::Lines
        }
    }

    /// The media types that the route offers; none when each answer states its own type.
    pub(crate) fn offered(route: &'static Route) -> &'static [&'static str] {
        if is_raw(route) {
            &[]
        } else if route.server_streaming {
            &[LINES, EVENTS, "application/json"]
        } else {
            &["application/json"]
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Lines => LINES,
            Self::Events => EVENTS,
            Self::Raw => "application/octet-stream",
        }
    }

    /// The content type of the stream, when its first message states one.
    pub(super) fn type_of(
        self,
        route: &'static Route,
        message: &Bytes,
    ) -> Result<Option<HeaderValue>, Problem> {
        match self {
            Self::Lines | Self::Events => Ok(None),
            Self::Raw => message::raw(route, message).map(|(_, content_type)| Some(content_type)),
        }
    }

    /// The frame of a message. `number` counts from 1.
    pub(super) fn message(
        self,
        tables: &'static Tables,
        route: &'static Route,
        message: &Bytes,
        number: u64,
    ) -> Result<Bytes, Problem> {
        // JSON is usually larger than the wire bytes.
        let mut out = Vec::with_capacity(message.len() * 2 + 64);
        match self {
            Self::Lines => {
                message::json(tables, route, message, &mut out)?;
                out.push(b'\n');
            }
            // The JSON has no line breaks, so one `data` line holds it.
            Self::Events => {
                out.extend_from_slice(b"id: ");
                text::write_integer(&mut out, number);
                out.extend_from_slice(b"\ndata: ");
                message::json(tables, route, message, &mut out)?;
                out.extend_from_slice(b"\n\n");
            }
            Self::Raw => return message::raw(route, message).map(|(bytes, _)| bytes),
        }
        Ok(Bytes::from(out))
    }

    /// The last frame of a complete stream. Clients close an `EventSource` on it, which would otherwise reconnect.
    pub(super) const fn end(self) -> Option<Bytes> {
        match self {
            Self::Events => Some(Bytes::from_static(b"event: end\ndata: {}\n\n")),
            Self::Lines | Self::Raw => None,
        }
    }

    /// The last frame of a failed stream.
    ///
    /// # Errors
    /// A raw stream has no frame for a failure.
    pub(super) fn failure(
        self,
        problem: &Problem,
        tables: &'static Tables,
    ) -> Result<Option<Bytes>, Cut> {
        let status = problem.status_json(tables);
        let (before, after): (&[u8], &[u8]) = match self {
            Self::Lines => (b"{\"error\":", b"}\n"),
            Self::Events => (b"event: error\ndata: ", b"\n\n"),
            Self::Raw => return Err(Cut),
        };
        Ok(Some(Bytes::from([before, &status, after].concat())))
    }
}
