//! The two JSON bodies of a failed request: `google.rpc.Status` and RFC 9457. Decides no message.

use http::StatusCode;

use super::{Problem, details};
use crate::json::write::{self, UnknownAny, text};
use crate::table::Tables;

impl Problem {
    /// The body `google.rpc.Status`.
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

    /// The body of RFC 9457.
    pub(crate) fn problem_json(&self, tables: &'static Tables, status: StatusCode) -> Vec<u8> {
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
            // Only a malformed Any has no JSON here: it is left out, and the rest of the error is kept.
            match write::message(tables, any, &detail.any, UnknownAny::Keep, out) {
                Ok(()) => first = false,
                Err(_) => out.truncate(mark),
            }
        }
        out.push(b']');
    }
}
