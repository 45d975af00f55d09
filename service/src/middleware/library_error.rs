//! Adds the contract's error details to statuses that the gRPC library makes itself.

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::util::MapResponseLayer;

use super::Refuse;
use crate::error::Error;

/// Adds details to statuses without them: too large, undecodable, unknown method. Others are unchanged.
pub fn layer(
    refuse: Refuse,
) -> MapResponseLayer<impl FnMut(Response<Body>) -> Response<Body> + Clone> {
    MapResponseLayer::new(move |response: Response<Body>| {
        match Status::from_header_map(response.headers())
            .as_ref()
            .and_then(meaning)
        {
            Some(error) => refuse(&error),
            None => response,
        }
    })
}

/// The contract's error for a status without details.
fn meaning(status: &Status) -> Option<Error> {
    if !status.details().is_empty() {
        return None;
    }
    match status.code() {
        Code::OutOfRange => Some(Error::RequestTooLarge),
        // Of an unknown rpc the library says nothing; otherwise it names the coding of a message.
        Code::Unimplemented if status.message().is_empty() => Some(Error::NotImplemented),
        Code::Unimplemented => Some(Error::Coding),
        // The service's own statuses have details: this is a malformed frame or message.
        Code::Internal => Some(Error::Undecodable),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use tower::Layer as _;

    type Make = fn() -> Response<Body>;

    async fn message(make: Make) -> Option<String> {
        let service = layer(echo::refuse).layer(echo::answering(make));
        let response = echo::call(service, echo::request("/")).await;
        echo::status(&response).map(|status| status.message().to_owned())
    }

    #[tokio::test]
    async fn bare_errors_are_said_in_our_words() {
        let table: [(Make, Error); 4] = [
            (
                || Status::unimplemented("Content is compressed with `x`").into_http(),
                Error::Coding,
            ),
            (
                || Status::out_of_range("too large").into_http(),
                Error::RequestTooLarge,
            ),
            (
                || Status::unimplemented("").into_http(),
                Error::NotImplemented,
            ),
            (
                || Status::internal("failed to decode").into_http(),
                Error::Undecodable,
            ),
        ];
        for (bare, error) in table {
            assert_eq!(message(bare).await, Some(error.to_string()));
        }
    }

    #[tokio::test]
    async fn ours_and_good_answers_are_left_alone() {
        let ours = || {
            let details = bytes::Bytes::from_static(b"details");
            Status::with_details(Code::Internal, "ours", details).into_http()
        };
        assert_eq!(message(ours).await.as_deref(), Some("ours"));
        assert_eq!(message(echo::fine).await, None);
        let other = || Status::cancelled("theirs").into_http();
        assert_eq!(message(other).await.as_deref(), Some("theirs"));
    }
}
