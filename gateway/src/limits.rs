//! Every bound of the gateway, by name. Decides nothing.

use std::time::Duration;

/// The waits that an operator may want otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// How long a client may take to send its header fields, and to answer whether it is there.
    pub header: Duration,
    /// How long a client may take to send its body.
    pub body: Duration,
    /// How long a call may take when the caller does not say; streams are not bounded by it.
    pub call: Duration,
    /// How often a silent stream of events says that it is alive; more than nothing.
    pub keep_alive: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            header: HEADER_WAIT,
            body: BODY_WAIT,
            call: CALL_WAIT,
            keep_alive: KEEP_ALIVE,
        }
    }
}

/// The largest request body, also once it is decompressed: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The smallest answer that is compressed for those who ask.
pub const CODED_BYTES_MIN: usize = 1024;
/// The smallest answer that is compressed on a thread of its own.
pub const CODED_ASIDE_BYTES_MIN: usize = 128 * 1024;
/// The largest answer that is read from the service.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The deepest nesting of JSON objects and lists, in requests and in answers.
pub const JSON_DEPTH_MAX: u32 = 100;
/// The longest path.
pub const PATH_BYTES_MAX: usize = 8 * 1024;
/// The longest query.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// The most header fields of one request; more are answered 431.
pub const HEADERS_MAX: usize = 100;
/// The most bytes of all header fields of one request.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// The most header fields that are read at all: more than may be, so that one too many is told why.
pub const HEADERS_READ_MAX: usize = 256;
/// The most bytes of a request's head that are read at all.
pub const HEAD_BYTES_READ_MAX: usize = 128 * 1024;
/// The most bytes of metadata that cross to the service, with 32 for each entry as HTTP/2 counts them: what most servers
/// of gRPC take, less what a call says of itself; more is answered 431.
pub const METADATA_BYTES_MAX: usize = 15 * 1024;
/// The most requests under way at once, unless the gateway is told otherwise; more are answered 429.
pub const REQUESTS_MAX: usize = 4096;
/// The most streams open at once; more are answered 429.
pub const STREAMS_MAX: usize = STREAM_CONNECTIONS_MAX * CALLS_PER_CONNECTION;
/// The most connections to the service that carry streams.
pub const STREAM_CONNECTIONS_MAX: usize = 16;
/// The most connections to the service that carry calls: each request under way has a place.
pub const CALL_CONNECTIONS_MAX: usize = REQUESTS_MAX / CALLS_PER_CONNECTION;
/// The most calls or streams on one of them: fewer than the least that HTTP/2 asks a service to take, so that none waits
/// for another's end.
pub const CALLS_PER_CONNECTION: usize = 64;
/// How long the head of a stream's response waits for the first message, so that a failure until then is a status.
pub const FIRST_MESSAGE_WAIT: Duration = Duration::from_secs(1);
/// How often a silent stream of events says that it is alive.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client may take to send its body.
pub const BODY_WAIT: Duration = Duration::from_secs(30);
/// How long a call may take when the caller does not say: longer than any wait that a request may ask for.
pub const CALL_WAIT: Duration = Duration::from_secs(310);
/// How long a client may take to send its header fields.
pub const HEADER_WAIT: Duration = Duration::from_secs(15);
/// How long the service may take to say that it is ready.
pub const READY_WAIT: Duration = Duration::from_secs(1);
/// How long one attempt to reach the service may take.
pub const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How often the order service is asked whether it is still there, and how long it may take to answer.
pub const SERVICE_PING: Duration = Duration::from_secs(10);
/// How long a client may be silent before its host is asked whether it is still there.
pub const CLIENT_SILENCE: Duration = Duration::from_secs(60);
/// How long after such a question the next is asked.
pub const CLIENT_QUESTION: Duration = Duration::from_secs(15);
/// After how many questions without an answer the client is gone.
pub const CLIENT_QUESTIONS_MAX: u32 = 4;
/// How long accepting rests after it failed.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long requests under way may take to finish at shutdown: less than the 10 s the process has.
pub const DRAIN_WAIT: Duration = Duration::from_secs(9);
/// After how many seconds a client may try again when the gateway or the service cannot take the request.
pub const RETRY_AFTER_SECS: u64 = 1;
