//! What a participant says instead of acting, and its form as a gRPC status. Knows no rule: whoever refuses gives the reason.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// An answer other than OK, with the reason that clients read.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: Code,
    reason: &'static str,
    message: String,
}

impl Refusal {
    /// No, for good.
    pub(crate) fn no(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// No: the request lacks something, or says something that cannot be.
    pub(crate) fn incomplete(message: impl Into<String>) -> Self {
        Self::no("REQUEST_INVALID", message)
    }

    /// A query for what is not there.
    pub(crate) fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// A request to the sandbox itself that makes no sense.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, "REQUEST_INVALID", message)
    }

    /// The outcome stays unknown to the caller.
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

    /// What the journal says of it.
    pub(crate) fn detail(&self) -> String {
        format!("{}: {}", self.reason, self.message)
    }

    /// With `google.rpc.ErrorInfo { reason, domain }`.
    pub(crate) fn status(self, domain: &str) -> Status {
        let details = ErrorDetails::with_error_info(self.reason, domain, []);
        Status::with_error_details(self.code, self.message, details)
    }
}
