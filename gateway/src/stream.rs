//! A stream of answers as an HTTP body: one frame a message, flushed as it comes, and one last frame that says how it
//! ended. Dropping it cancels the call to the service. Owns the order of frames; how one looks lies in `format`.

mod format;

use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Interval, Sleep, interval_at, sleep, sleep_until};
use tokio_stream::Stream as _;
use tonic::Streaming;
use tracing::Span;

use crate::body::Content;
use crate::limits::FIRST_MESSAGE_WAIT;
use crate::problem::Problem;
use crate::table::{Route, Tables};
use crate::upstream::{self, metadata};
pub(crate) use format::Format;

/// Proxies hold small answers back unless they are told not to.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A stream of raw bytes that failed: only breaking off can say so.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the stream was cut off")]
pub(crate) struct Cut;

/// Ends when the gateway shuts down.
pub(crate) struct Closing(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Closing {
    /// `gate` turns true, or its other end goes.
    pub(crate) fn of(mut gate: watch::Receiver<bool>) -> Self {
        Self(Box::pin(async move {
            let _ = gate.wait_for(|closing| *closing).await;
        }))
    }
}

impl fmt::Debug for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closing")
    }
}

/// What bounds a stream besides its messages.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// When the caller's patience ends.
    pub(crate) deadline: Option<Instant>,
    /// How often a silent stream of events says that it is alive.
    pub(crate) keep_alive: Duration,
    /// The gateway's end.
    pub(crate) closing: Closing,
    /// This stream's place among those that may be open.
    pub(crate) place: OwnedSemaphorePermit,
}

/// The frames of a stream.
#[derive(Debug)]
pub(crate) struct Frames {
    tables: &'static Tables,
    route: &'static Route,
    format: Format,
    /// None once the last frame is out.
    messages: Option<Streaming<Bytes>>,
    /// The first frame, when it came before the response's head.
    first: Option<Bytes>,
    /// How many messages were shown.
    shown: u64,
    deadline: Option<Pin<Box<Sleep>>>,
    keep_alive: Option<Interval>,
    closing: Closing,
    _place: OwnedSemaphorePermit,
    _span: Span,
}

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
        deadline, closing, ..
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
        () = closing.0.as_mut() => Err(Problem::closing()),
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

impl Frames {
    fn new(
        tables: &'static Tables,
        route: &'static Route,
        format: Format,
        messages: Streaming<Bytes>,
        bounds: Bounds,
    ) -> Self {
        let keep_alive = (format == Format::Events)
            .then(|| interval_at(Instant::now() + bounds.keep_alive, bounds.keep_alive));
        Self {
            tables,
            route,
            format,
            messages: Some(messages),
            first: None,
            shown: 0,
            deadline: bounds.deadline.map(|at| Box::pin(sleep_until(at))),
            keep_alive,
            closing: bounds.closing,
            _place: bounds.place,
            _span: Span::current(),
        }
    }

    fn show(&mut self, message: &Bytes) -> Result<Bytes, Problem> {
        self.shown += 1;
        self.format
            .message(self.tables, self.route, message, self.shown)
    }

    pub(crate) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.messages.is_none() {
            return Poll::Ready(None);
        }
        let frame = match ready!(self.poll_message(context)) {
            Ok(Some(frame)) => Ok(Some(frame)),
            Ok(None) => {
                self.messages = None;
                Ok(self.format.end())
            }
            Err(problem) => {
                // Dropping the call cancels it: nobody listens any more.
                self.messages = None;
                self.format.failure(&problem, self.tables)
            }
        };
        Poll::Ready(frame.transpose().map(|frame| frame.map(Frame::data)))
    }

    /// The next message or comment as it is shown; none when the service is done.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Problem>> {
        if self.closing.0.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Problem::closing()));
        }
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(Problem::deadline_exceeded()));
        }
        let Some(messages) = &mut self.messages else {
            return Poll::Ready(Ok(None));
        };
        match Pin::new(messages).poll_next(context) {
            Poll::Ready(Some(Ok(message))) => {
                if let Some(keep_alive) = &mut self.keep_alive {
                    keep_alive.reset();
                }
                Poll::Ready(self.show(&message).map(Some))
            }
            Poll::Ready(Some(Err(status))) => Poll::Ready(Err(upstream::problem(&status))),
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Pending => match &mut self.keep_alive {
                Some(keep_alive) => keep_alive
                    .poll_tick(context)
                    .map(|_| Ok(Some(format::ALIVE))),
                None => Poll::Pending,
            },
        }
    }
}
