//! The protocol settings of a client's connection: HTTP/1.1 or HTTP/2, and the bounds of each. Accepts nothing.

use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;

use crate::limits::{HEAD_BYTES_READ_MAX, HEADERS_READ_MAX};

/// Serves connections whose header fields arrive within `header_wait`.
pub(super) fn builder(header_wait: Duration) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_wait)
        .max_headers(HEADERS_READ_MAX)
        .max_buf_size(HEAD_BYTES_READ_MAX);
    server
        .http2()
        .timer(TokioTimer::new())
        // Pings detect clients that disappear without closing the connection.
        .keep_alive_interval(header_wait)
        .keep_alive_timeout(header_wait)
        .max_header_list_size(u32::try_from(HEAD_BYTES_READ_MAX).expect("the bound is small"));
    server
}
