//! The HTTP response to a failed request: status code, headers and body, in the form that the caller accepts. Decides
//! no message.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response};

use super::body::Content;
use crate::problem::{Problem, details};
use crate::request::accept;
use crate::table::Tables;
use crate::upstream::metadata;

/// The form of an error's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `google.rpc.Status` as JSON.
    Status,
    /// RFC 9457, `application/problem+json`.
    ProblemJson,
}

impl Form {
    /// RFC 9457 only when `Accept` names it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if accept::names(headers, "application/problem+json") {
            Self::ProblemJson
        } else {
            Self::Status
        }
    }
}

/// The response to a failed request.
pub(crate) fn response(
    problem: &Problem,
    tables: &'static Tables,
    form: Form,
) -> Response<Content> {
    let status = problem.http_status();
    let (body, content_type) = match form {
        Form::Status => (problem.status_json(tables), "application/json"),
        Form::ProblemJson => (
            problem.problem_json(tables, status),
            "application/problem+json",
        ),
    };
    let mut response = Response::new(Content::from(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(metadata) = &problem.metadata {
        metadata::outward(metadata, headers);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(secs) = details::retry_secs(&problem.details) {
        headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    if let Some(allow) = problem
        .allow
        .as_deref()
        .and_then(|allow| HeaderValue::from_str(allow).ok())
    {
        headers.insert(ALLOW, allow);
    }
    response
}

#[cfg(all(test, feature = "orders"))]
mod tests;
