//! gRPC streams of changes: each item is rendered, and a stream that ends early ends with a status.

use std::pin::Pin;

use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::status;
use crate::error::Error;

/// The response of a streaming rpc.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The changes, rendered; ends with ShuttingDown when the service closes, or with the first error.
pub(super) fn answers<T: 'static, M: 'static>(
    changes: BoxStream<'static, Result<T, Error>>,
    closing: CancellationToken,
    render: fn(T) -> M,
) -> Answers<M> {
    Box::pin(stream::unfold(Some(changes), move |open| {
        let closing = closing.clone();
        async move {
            let mut changes = open?;
            let change = tokio::select! {
                // Changes that are ready are sent before the stream ends.
                biased;
                change = changes.next() => change?,
                () = closing.cancelled() => Err(Error::ShuttingDown),
            };
            match change {
                Ok(thing) => Some((Ok(render(thing)), Some(changes))),
                Err(error) => Some((Err(status(&error)), None)),
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn watch(
        changes: impl Stream<Item = Result<u8, Error>> + Send + 'static,
        closing: &CancellationToken,
    ) -> Answers<u8> {
        answers(changes.boxed(), closing.clone(), |thing| thing)
    }

    async fn all(answers: Answers<u8>) -> (Vec<u8>, Option<Code>) {
        let (mut things, mut end) = (Vec::new(), None);
        for answer in answers.collect::<Vec<_>>().await {
            assert_eq!(end, None, "nothing follows an error");
            match answer {
                Ok(thing) => things.push(thing),
                Err(status) => end = Some(status.code()),
            }
        }
        (things, end)
    }

    #[tokio::test]
    async fn a_stream_ends_as_its_changes_do() {
        let open = CancellationToken::new();
        let two = stream::iter([Ok(1), Ok(2)]);
        assert_eq!(all(watch(two, &open)).await, (vec![1, 2], None));
        let failing = stream::iter([Ok(1), Err(Error::Overloaded), Ok(3)]);
        let failed = all(watch(failing, &open)).await;
        assert_eq!(failed, (vec![1], Some(Code::ResourceExhausted)));
    }

    #[tokio::test]
    async fn a_closing_service_sends_pending_changes_and_ends_every_stream() {
        let closing = CancellationToken::new();
        closing.cancel();
        let endless = stream::iter([Ok(1)]).chain(stream::pending());
        let cut = all(watch(endless, &closing)).await;
        assert_eq!(cut, (vec![1], Some(Code::Unavailable)));
        let ended = all(watch(stream::iter([Ok(1)]), &closing)).await;
        assert_eq!(ended, (vec![1], None), "what has ended is not cut off");
    }
}
