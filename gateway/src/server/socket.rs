//! What the system is asked to do for an accepted socket. Reads and writes nothing.

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::limits::{CLIENT_QUESTION, CLIENT_QUESTIONS_MAX, CLIENT_SILENCE};

/// A silent client is asked whether it is still there: a stream may have nothing to send it for hours, and would keep its
/// place. A socket that takes no options still takes requests.
pub(super) fn tune(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    let keepalive = TcpKeepalive::new()
        .with_time(CLIENT_SILENCE)
        .with_interval(CLIENT_QUESTION)
        .with_retries(CLIENT_QUESTIONS_MAX);
    let _ = SockRef::from(socket).set_tcp_keepalive(&keepalive);
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_silent_client_is_asked_whether_it_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let _client = TcpStream::connect(address).await.expect("it listens");
        let (socket, _) = listener.accept().await.expect("somebody connects");
        tune(&socket);
        let socket = SockRef::from(&socket);
        assert_eq!(socket.keepalive().ok(), Some(true));
        assert_eq!(socket.tcp_keepalive_time().ok(), Some(CLIENT_SILENCE));
        assert_eq!(socket.tcp_nodelay().ok(), Some(true));
    }
}
