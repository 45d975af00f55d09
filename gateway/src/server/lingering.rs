//! Closes a connection so that its last answer arrives: first the sending side, and the rest after a while. Knows no HTTP.
//!
//! A socket that is closed with unread bytes resets the connection, and the client loses an answer that it has not read,
//! such as the 413 to an upload that it still sends.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::limits::{LINGER_BYTES_MAX, LINGER_WAIT};

/// A socket that reads on for a bounded time after it is dropped, unless the client has closed its side.
#[derive(Debug)]
pub(super) struct Lingering {
    /// None only while it is dropped.
    socket: Option<TcpStream>,
    has_ended: bool,
}

impl Lingering {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self {
            socket: Some(socket),
            has_ended: false,
        }
    }

    fn socket(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(
            self.socket
                .as_mut()
                .expect("it is in use until it is dropped"),
        )
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(socket) = self.socket.take().filter(|_| !self.has_ended) else {
            return;
        };
        // Without a runtime, the process ends.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _late = tokio::time::timeout(LINGER_WAIT, discard(socket)).await;
            });
        }
    }
}

/// Reads until the client closes its side, and at most [`LINGER_BYTES_MAX`].
async fn discard(mut socket: TcpStream) {
    if socket.shutdown().await.is_err() {
        return;
    }
    let mut discarded = 0;
    let mut buffer = vec![0; 16 * 1024];
    while discarded < LINGER_BYTES_MAX {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(bytes) => discarded += bytes,
        }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = self.socket().poll_read(context, into);
        match &read {
            Poll::Ready(Ok(())) => {
                self.has_ended |= into.filled().len() == before && into.capacity() > before;
            }
            Poll::Ready(Err(_)) => self.has_ended = true,
            Poll::Pending => {}
        }
        read
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.socket().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_shutdown(context)
    }
}
