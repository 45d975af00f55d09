//! Every bound of the gateway, as a named constant. Enforces none.

use std::time::Duration;

/// The waits that a caller of the library can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The time for a client's header fields, and for its answer to an HTTP/2 ping.
    pub header: Duration,
    /// The time for a client's body.
    pub body: Duration,
    /// The time in which a client must take some of its answer, or its connection is closed.
    pub answer: Duration,
    /// The deadline of a unary call whose caller gives none. It does not apply to streams.
    pub call: Duration,
    /// The interval of keep-alive comments in an idle stream of events; must be positive.
    pub keep_alive: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            header: HEADER_WAIT,
            body: BODY_WAIT,
            answer: ANSWER_WAIT,
            call: CALL_WAIT,
            keep_alive: KEEP_ALIVE,
        }
    }
}

/// The largest request body, before and after decompression: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The smallest answer that is compressed, in bytes.
pub const COMPRESSED_BYTES_MIN: usize = 1024;
/// The smallest answer that is compressed on a blocking thread, so that it does not delay other requests: 128 KiB.
pub const COMPRESSED_BLOCKING_BYTES_MIN: usize = 128 * 1024;
/// The largest message that is read from the service: 64 MiB.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest header list that is read from the service, in bytes, so that a refusal arrives whatever its length. It is
/// the default of gRPC for Go.
pub const ANSWER_HEADER_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// The most bytes of an answer's metadata that become header fields, with 32 for each entry. Many clients refuse a head
/// of more than 16 KiB; entries that do not fit are dropped, and the body is unchanged.
pub const METADATA_RETURNED_BYTES_MAX: usize = 8 * 1024;
/// The deepest nesting of JSON objects and lists, in requests and in answers.
pub const JSON_DEPTH_MAX: u32 = 100;
/// The longest path, in bytes; a longer one is answered 413.
pub const PATH_BYTES_MAX: usize = 8 * 1024;
/// The longest query, in bytes; a longer one is answered 413.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// The most header fields of one request; more are answered 431.
pub const HEADERS_MAX: usize = 100;
/// The most bytes of all header fields of one request; more are answered 431.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The most header fields that are read. It exceeds [`HEADERS_MAX`], so that most oversized requests get a status with
/// a reason instead of a bare 431.
pub const HEADERS_READ_MAX: usize = 256;
/// The most bytes of a request's head that are read.
pub const HEAD_BYTES_READ_MAX: usize = 128 * 1024;
/// The most bytes of metadata that are forwarded to the service, with 32 for each entry as HTTP/2 counts them: the
/// limit of most gRPC servers, less the headers of the call itself. More are answered 431.
pub const METADATA_BYTES_MAX: usize = 15 * 1024;
/// The default bound of concurrent requests; more are answered 429.
pub const REQUESTS_MAX: usize = 4096;
/// The most concurrent streams; more are answered 429.
pub const STREAMS_MAX: usize = STREAM_CONNECTIONS_MAX * CALLS_PER_CONNECTION;
/// The most connections to the service that carry streams.
pub const STREAM_CONNECTIONS_MAX: usize = 16;
/// The most connections to the service that carry calls: enough for every admitted request.
pub const CALL_CONNECTIONS_MAX: usize = REQUESTS_MAX / CALLS_PER_CONNECTION;
/// The most calls or streams on one connection: below the least number of concurrent streams that HTTP/2 recommends to
/// servers, so that no call waits for the end of another.
pub const CALLS_PER_CONNECTION: usize = 64;
/// The wait for a stream's first message before the response head is sent. A failure within it is answered with a
/// status.
pub const FIRST_MESSAGE_WAIT: Duration = Duration::from_secs(1);
/// Default of [`Waits::keep_alive`].
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Default of [`Waits::body`].
pub const BODY_WAIT: Duration = Duration::from_secs(30);
/// Default of [`Waits::answer`].
pub const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// Default of [`Waits::call`]: longer than the longest `wait` of a request.
pub const CALL_WAIT: Duration = Duration::from_secs(310);
/// Default of [`Waits::header`].
pub const HEADER_WAIT: Duration = Duration::from_secs(15);
/// The time for the service's answer to a readiness check.
pub const READY_WAIT: Duration = Duration::from_secs(1);
/// The time for one attempt to connect to the service.
pub const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// The interval of HTTP/2 pings to a service that allows them, and the time for each answer.
pub const SERVICE_PING: Duration = Duration::from_secs(10);
/// The idle time of a client's connection before the first TCP keep-alive probe.
pub const CLIENT_IDLE: Duration = Duration::from_secs(60);
/// The time for which a closed connection is still read, so that its last answer arrives.
pub const LINGER_WAIT: Duration = Duration::from_secs(2);
/// The most bytes that are read from a closed connection.
pub const LINGER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest frame of an answer: the most bytes that are handed over before the client has taken the last ones.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The interval of TCP keep-alive probes.
pub const CLIENT_PROBE_INTERVAL: Duration = Duration::from_secs(15);
/// The number of unanswered TCP keep-alive probes that close a connection.
pub const CLIENT_PROBES_MAX: u32 = 4;
/// The pause after a failure to accept a connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The time for requests in progress to finish at shutdown: less than the 10 s that the process has.
pub const DRAIN_WAIT: Duration = Duration::from_secs(9);
/// `Retry-After`, in seconds, when the gateway is overloaded or the service is unreachable.
pub const RETRY_AFTER_SECS: u64 = 1;
