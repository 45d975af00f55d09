//! Watches whether a client takes the body of its response. On HTTP/2 a client can accept everything else and never open
//! the window of one stream, so that the socket's own bound never applies. Knows no formats.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::body::Content;
use super::stream::format::Cut;
use crate::limits::FRAME_BYTES_MAX;

/// A body that reports when a frame was handed over and none was asked for within the wait.
#[derive(Debug)]
pub(crate) struct Sent {
    content: Content,
    watch: Option<Watch>,
}

#[derive(Debug)]
struct Watch {
    /// When the last frame was handed over; none while the client waits for one.
    since: Arc<Mutex<Option<Instant>>>,
    task: AbortHandle,
}

impl Watch {
    fn set(&self, since: Option<Instant>) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sent {
    /// Notifies `stalled` when the client takes nothing for `wait`. A body of one frame needs no watch.
    pub(crate) fn new(content: Content, stalled: Arc<Notify>, wait: Duration) -> Self {
        let is_short = matches!(&content, Content::Whole(whole) if whole.len() <= FRAME_BYTES_MAX);
        let watch = (!is_short).then(|| {
            let since = Arc::new(Mutex::new(Some(Instant::now())));
            let task = tokio::spawn(watch(Arc::clone(&since), stalled, wait));
            Watch {
                since,
                task: task.abort_handle(),
            }
        });
        Self { content, watch }
    }
}

async fn watch(since: Arc<Mutex<Option<Instant>>>, stalled: Arc<Notify>, wait: Duration) {
    loop {
        let handed = *since.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let expiry = handed.map_or(now + wait, |handed| handed + wait);
        if expiry <= now {
            stalled.notify_one();
            return;
        }
        sleep_until(expiry).await;
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let next = Pin::new(&mut self.content).poll_frame(context);
        match (&next, &self.watch) {
            (_, None) => {}
            (Poll::Ready(Some(Ok(_))), Some(watch)) => watch.set(Some(Instant::now())),
            (Poll::Pending, Some(watch)) => watch.set(None),
            (Poll::Ready(None | Some(Err(_))), Some(_)) => self.watch = None,
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
