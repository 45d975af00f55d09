//! How a client's connection is served: HTTP/1.1 or HTTP/2, and the bounds of each. Accepts nothing.

use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;

use crate::limits::{HEAD_BYTES_READ_MAX, HEADERS_READ_MAX};

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
        // Who is gone without a word answers no ping.
        .keep_alive_interval(header_wait)
        .keep_alive_timeout(header_wait)
        .max_header_list_size(u32::try_from(HEAD_BYTES_READ_MAX).expect("the bound is small"));
    server
}
