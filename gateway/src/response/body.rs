//! The body of a response: whole, or a stream of frames. Knows no formats.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::stream::format::Cut;
use super::stream::frames::Frames;
use crate::limits::FRAME_BYTES_MAX;

/// The body of a response.
#[derive(Debug)]
pub(crate) enum Content {
    /// The whole body, or what is left of it.
    Whole(Bytes),
    /// The frames of a stream.
    Stream(Box<Frames>),
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole(whole) if whole.is_empty() => Poll::Ready(None),
            Self::Whole(whole) => {
                let frame = whole.split_to(whole.len().min(FRAME_BYTES_MAX));
                Poll::Ready(Some(Ok(Frame::data(frame))))
            }
            Self::Stream(frames) => frames.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_empty(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => SizeHint::with_exact(whole.len() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
