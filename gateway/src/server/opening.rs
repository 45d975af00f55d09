//! Bounds the wait for a connection's first bytes, which distinguish HTTP/1 from HTTP/2. After them, the HTTP
//! implementation has its own timeouts. Knows no more of HTTP than the preface of HTTP/2.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The connection preface of HTTP/2. A connection that deviates from it is HTTP/1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket whose reads fail with `TimedOut` when nothing, or only a part of [`PREFACE`], arrives in time.
#[derive(Debug)]
pub(super) struct Opening<S> {
    socket: S,
    /// None once the protocol is known.
    wait: Option<Pin<Box<Sleep>>>,
    /// The number of bytes of the preface that have arrived.
    matched: usize,
}

impl<S> Opening<S> {
    pub(super) fn new(socket: S, wait: Duration) -> Self {
        Self {
            socket,
            wait: Some(Box::pin(sleep(wait))),
            matched: 0,
        }
    }

    fn record(&mut self, bytes: &[u8]) {
        let rest = &PREFACE[self.matched..];
        if !bytes.is_empty() && bytes.len() < rest.len() && rest.starts_with(bytes) {
            self.matched += bytes.len();
        } else {
            self.wait = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, into);
        if let Some(wait) = &mut self.wait {
            if read.is_pending() {
                ready!(wait.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.record(&into.filled()[before..]);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
