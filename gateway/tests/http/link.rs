//! A TCP proxy between gateway and backend that can stop forwarding without closing connections, like a host that loses
//! its power. Knows no protocol.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    /// The number of cuts. Connections from before the last cut stay open and forward nothing.
    cuts: watch::Sender<u32>,
}

impl Link {
    pub(crate) async fn to(backend: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (cuts, seen) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(backend).await.expect("it listens");
                let mut seen = seen.clone();
                seen.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // Keeps both sockets open until the test drops the sender.
                        Ok(()) = seen.changed() => while seen.changed().await.is_ok() {},
                    }
                });
            }
        });
        Self { address, cuts }
    }

    /// Stops forwarding on all current connections. New ones are forwarded.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}
