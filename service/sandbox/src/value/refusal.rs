//! A refusal: the code, reason and message of an error answer, and its form as a gRPC status. Knows no rule; the refusing rpc
//! gives the reason.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// An answer other than OK, with the `ErrorInfo.reason` that clients match on.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: Code,
    reason: &'static str,
    message: String,
}

impl Refusal {
    /// FAILED_PRECONDITION: a definite refusal; nothing was done.
    pub(crate) fn failed_precondition(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// FAILED_PRECONDITION with REQUEST_INVALID: a participant's request has a missing or impossible field.
    pub(crate) fn incomplete(message: impl Into<String>) -> Self {
        Self::failed_precondition("REQUEST_INVALID", message)
    }

    /// NOT_FOUND: a query for an entity that does not exist.
    pub(crate) fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// INVALID_ARGUMENT: a malformed request to the sandbox's own service.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, "REQUEST_INVALID", message)
    }

    /// UNAVAILABLE: the caller does not learn the outcome.
    pub(crate) fn unavailable(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
        }
    }

    /// The text of the journal entry, `REASON: message`.
    pub(crate) fn detail(&self) -> String {
        format!("{}: {}", self.reason, self.message)
    }

    /// The gRPC status with `google.rpc.ErrorInfo { reason, domain }`.
    pub(crate) fn status(self, domain: &str) -> Status {
        let details = ErrorDetails::with_error_info(self.reason, domain, []);
        Status::with_error_details(self.code, self.message, details)
    }
}
