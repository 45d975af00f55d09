//! A wire between gateway and backend that can be cut without a word, as a host that loses its power does. Knows no
//! protocol.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    /// How often it was cut: what was connected before the last cut stays open, and carries nothing.
    cuts: watch::Sender<u32>,
}

impl Wire {
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
                        // Held open until the test ends, and its end of the channel goes.
                        Ok(()) = seen.changed() => while seen.changed().await.is_ok() {},
                    }
                });
            }
        });
        Self { address, cuts }
    }

    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}
