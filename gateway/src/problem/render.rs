//! A failed request as an HTTP response: the status code, the headers and either of two bodies.
//! Decides no message.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tonic::Code;

use super::{Problem, details};
use crate::accept;
use crate::body::Content;
use crate::json::text;
use crate::json::write::{self, UnknownAny};
use crate::table::Tables;
use crate::upstream::metadata;

/// Which body the caller takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `google.rpc.Status` as JSON.
    Status,
    /// RFC 9457.
    ProblemJson,
}

impl Form {
    /// RFC 9457 only for those who ask for it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if accept::names(headers, "application/problem+json") {
            Self::ProblemJson
        } else {
            Self::Status
        }
    }
}

impl Problem {
    /// The response to it.
    pub(crate) fn response(&self, tables: &'static Tables, form: Form) -> Response<Content> {
        let status = self.http_status();
        let (body, content_type) = match form {
            Form::Status => (self.status_json(tables), "application/json"),
            Form::ProblemJson => (
                self.problem_json(tables, status),
                "application/problem+json",
            ),
        };
        let mut response = Response::new(Content::from(Bytes::from(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Some(said) = &self.metadata {
            metadata::outward(said, headers);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(secs) = details::retry_secs(&self.details) {
            headers.insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        if let Some(allow) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(ALLOW, allow);
        }
        response
    }

    /// grpc-gateway's table, and the reasons that HTTP has a better code for.
    pub(crate) fn http_status(&self) -> StatusCode {
        match (self.code, self.reason()) {
            (Code::FailedPrecondition, Some("IDEMPOTENCY_KEY_REUSED")) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            (Code::OutOfRange, Some("REQUEST_TOO_LARGE")) => StatusCode::PAYLOAD_TOO_LARGE,
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
            (Code::Cancelled, _) => {
                StatusCode::from_u16(499).expect("499 lies within HTTP's range")
            }
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

    /// The status as JSON.
    pub(crate) fn status_json(&self, tables: &'static Tables) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(b"{\"code\":");
        text::write_integer(&mut out, i32::from(self.code));
        out.extend_from_slice(b",\"message\":");
        text::write_string(&mut out, &self.message);
        self.write_details(tables, &mut out);
        out.push(b'}');
        out
    }

    fn problem_json(&self, tables: &'static Tables, status: StatusCode) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(b"{\"type\":\"about:blank\",\"title\":");
        let title = status.canonical_reason().unwrap_or("Client Closed Request");
        text::write_string(&mut out, title);
        out.extend_from_slice(b",\"status\":");
        text::write_integer(&mut out, status.as_u16());
        out.extend_from_slice(b",\"detail\":");
        text::write_string(&mut out, &self.message);
        out.extend_from_slice(b",\"code\":");
        text::write_integer(&mut out, i32::from(self.code));
        if let Some(reason) = self.reason() {
            out.extend_from_slice(b",\"reason\":");
            text::write_string(&mut out, reason);
        }
        self.write_details(tables, &mut out);
        out.push(b'}');
        out
    }

    fn write_details(&self, tables: &'static Tables, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"details\":[");
        let Some(any) = tables.message("google.protobuf.Any") else {
            out.push(b']');
            return;
        };
        let own = self
            .own_reason
            .map(|reason| details::error_info(reason, tables.domain));
        let mut first = true;
        for detail in own.iter().chain(&self.details) {
            let mark = out.len();
            if !first {
                out.push(b',');
            }
            // Only bytes that are no Any at all have no JSON here: the rest of the error stands without them.
            match write::message(tables, any, &detail.any, UnknownAny::Keep, out) {
                Ok(()) => first = false,
                Err(_) => out.truncate(mark),
            }
        }
        out.push(b']');
    }
}

#[cfg(test)]
mod tests;
