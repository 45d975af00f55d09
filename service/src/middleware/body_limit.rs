//! Bounds a request's body while it is read.

use http::Request;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tonic::Status;
use tonic::body::Body;
use tower::util::MapRequestLayer;

use crate::error::Error;

/// Bytes of a gRPC frame besides its message.
const FRAME_BYTES: usize = 5;

/// Accepts bodies of one message of at most `message_bytes_max`. Reading a longer one fails with the status that `status`
/// makes of the refusal; `tonic::Status::from_error` finds it there.
pub fn layer(
    message_bytes_max: usize,
    status: fn(&Error) -> Status,
) -> MapRequestLayer<impl FnMut(Request<Body>) -> Request<Body> + Clone> {
    let body_bytes_max = message_bytes_max + FRAME_BYTES;
    MapRequestLayer::new(move |request: Request<Body>| {
        request.map(|body| {
            let bounded = Limited::new(body, body_bytes_max);
            Body::new(bounded.map_err(move |error| {
                if error.is::<LengthLimitError>() {
                    status(&Error::RequestTooLarge)
                } else {
                    Status::from_error(error)
                }
            }))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Response;
    use http_body_util::Full;
    use std::convert::Infallible;
    use tower::{Layer as _, service_fn};

    use super::super::echo;

    /// Reads a body of that many bytes through a limit of 10.
    async fn read(bytes: usize) -> Option<String> {
        let reading = service_fn(|request: Request<Body>| async move {
            Ok::<_, Infallible>(match request.into_body().collect().await {
                Ok(_) => echo::fine(),
                Err(error) => Status::from_error(error.into()).into_http(),
            })
        });
        let status: fn(&Error) -> Status = |error| Status::out_of_range(error.to_string());
        let service = layer(10, status).layer(reading);
        let body = Body::new(Full::new(Bytes::from(vec![0; bytes])));
        let answer: Response<Body> = echo::call(service, Request::new(body)).await;
        echo::status(&answer).map(|status| status.message().to_owned())
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_fails_while_it_is_read() {
        assert_eq!(read(15).await, None);
        assert_eq!(read(16).await, Some(Error::RequestTooLarge.to_string()));
    }
}
