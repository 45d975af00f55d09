//! The frames of a stream, polled as an HTTP body: one frame per message, and one last frame that states how the stream
//! ended. Dropping it cancels the call to the service. Owns the order of frames; `format` owns their bytes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Interval, Sleep, interval_at, sleep_until};
use tokio_stream::Stream as _;
use tonic::Streaming;
use tracing::Span;

use super::format::{self, Cut, Format};
use crate::problem::Problem;
use crate::table::{Route, Tables};
use crate::upstream;

/// Completes when the gateway shuts down.
pub(crate) struct Shutdown(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Shutdown {
    /// Completes when the value becomes true or the sender is dropped.
    pub(crate) fn of(mut is_shutting_down: watch::Receiver<bool>) -> Self {
        Self(Box::pin(async move {
            let _ = is_shutting_down.wait_for(|value| *value).await;
        }))
    }

    pub(super) async fn wait(&mut self) {
        self.0.as_mut().await;
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shutdown")
    }
}

/// The bounds of a stream besides the end of its messages.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// The end of the caller's `Grpc-Timeout`.
    pub(crate) deadline: Option<Instant>,
    /// The interval of keep-alive comments in an idle stream of events.
    pub(crate) keep_alive: Duration,
    /// The shutdown of the gateway.
    pub(crate) shutdown: Shutdown,
    /// The stream's place on its connection, returned when the stream is dropped.
    pub(crate) place: OwnedSemaphorePermit,
}

/// The frames of a stream.
#[derive(Debug)]
pub(crate) struct Frames {
    tables: &'static Tables,
    route: &'static Route,
    pub(super) format: Format,
    /// None once the last frame was returned.
    messages: Option<Streaming<Bytes>>,
    /// The first frame, when it was read before the response head was sent.
    pub(super) first: Option<Bytes>,
    /// The number of messages that were rendered.
    rendered: u64,
    deadline: Option<Pin<Box<Sleep>>>,
    keep_alive: Option<Interval>,
    shutdown: Shutdown,
    _place: OwnedSemaphorePermit,
    _span: Span,
}

impl Frames {
    pub(super) fn new(
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
            rendered: 0,
            deadline: bounds.deadline.map(|at| Box::pin(sleep_until(at))),
            keep_alive,
            shutdown: bounds.shutdown,
            _place: bounds.place,
            _span: Span::current(),
        }
    }

    pub(super) fn render(&mut self, message: &Bytes) -> Result<Bytes, Problem> {
        self.rendered += 1;
        self.format
            .message(self.tables, self.route, message, self.rendered)
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
                // Dropping the messages cancels the call.
                self.messages = None;
                self.format.failure(&problem, self.tables)
            }
        };
        Poll::Ready(frame.transpose().map(|frame| frame.map(Frame::data)))
    }

    /// The next message or keep-alive comment; none when the service has ended the stream.
    fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Problem>> {
        if self.shutdown.0.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Problem::shutting_down()));
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
                Poll::Ready(self.render(&message).map(Some))
            }
            Poll::Ready(Some(Err(status))) => Poll::Ready(Err(upstream::problem(&status))),
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Pending => match &mut self.keep_alive {
                Some(keep_alive) => keep_alive
                    .poll_tick(context)
                    .map(|_| Ok(Some(format::KEEP_ALIVE))),
                None => Poll::Pending,
            },
        }
    }
}
