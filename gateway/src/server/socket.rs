//! The options of an accepted socket. Reads and writes nothing.

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::limits::{CLIENT_IDLE, CLIENT_PROBE_INTERVAL, CLIENT_PROBES_MAX};

/// Sets `TCP_NODELAY` and TCP keep-alive. Keep-alive detects clients that disappeared: an idle stream could hold its
/// place for hours. A failure to set an option is ignored, because the socket still works.
pub(super) fn tune(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    let keepalive = TcpKeepalive::new()
        .with_time(CLIENT_IDLE)
        .with_interval(CLIENT_PROBE_INTERVAL)
        .with_retries(CLIENT_PROBES_MAX);
    let _ = SockRef::from(socket).set_tcp_keepalive(&keepalive);
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_accepted_socket_has_keep_alive_and_no_delay() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let _client = TcpStream::connect(address).await.expect("it listens");
        let (socket, _) = listener.accept().await.expect("a client connects");
        tune(&socket);
        let socket = SockRef::from(&socket);
        assert_eq!(socket.keepalive().ok(), Some(true));
        assert_eq!(socket.tcp_keepalive_time().ok(), Some(CLIENT_IDLE));
        assert_eq!(socket.tcp_nodelay().ok(), Some(true));
    }
}
