//! Maps the gRPC code and the reason of a failed request to an HTTP status. The only such table. Knows no responses.

use http::StatusCode;
use tonic::Code;

use super::Problem;

impl Problem {
    /// The table of grpc-gateway, except for reasons that have a more specific HTTP status.
    pub(crate) fn http_status(&self) -> StatusCode {
        match (self.code, self.reason()) {
            (Code::FailedPrecondition, Some("IDEMPOTENCY_KEY_REUSED")) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            (Code::OutOfRange, Some("REQUEST_TOO_LARGE")) => StatusCode::PAYLOAD_TOO_LARGE,
            (Code::OutOfRange, Some("URI_TOO_LONG")) => StatusCode::URI_TOO_LONG,
            (Code::Aborted, Some("ETAG_MISMATCH")) if self.is_conditional => {
                StatusCode::PRECONDITION_FAILED
            }
            (Code::OutOfRange, Some("HEADERS_TOO_LARGE")) => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            (Code::Unimplemented, Some("METHOD_NOT_ALLOWED")) => StatusCode::METHOD_NOT_ALLOWED,
            (Code::InvalidArgument, Some("UNSUPPORTED_MEDIA_TYPE")) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            (Code::InvalidArgument, Some("NOT_ACCEPTABLE")) => StatusCode::NOT_ACCEPTABLE,
            (Code::DeadlineExceeded, Some("REQUEST_TIMEOUT")) => StatusCode::REQUEST_TIMEOUT,
            (Code::Ok, _) => StatusCode::OK,
            (Code::Cancelled, _) => StatusCode::from_u16(499).expect("499 is a valid status code"),
            (Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange, _) => {
                StatusCode::BAD_REQUEST
            }
            (Code::DeadlineExceeded, _) => StatusCode::GATEWAY_TIMEOUT,
            (Code::NotFound, _) => StatusCode::NOT_FOUND,
            (Code::AlreadyExists | Code::Aborted, _) => StatusCode::CONFLICT,
            (Code::PermissionDenied, _) => StatusCode::FORBIDDEN,
            (Code::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
            (Code::ResourceExhausted, _) => StatusCode::TOO_MANY_REQUESTS,
            (Code::Unimplemented, _) => StatusCode::NOT_IMPLEMENTED,
            (Code::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
            (Code::Unknown | Code::Internal | Code::DataLoss, _) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}
