//! A way to Redis that the tests can cut, or let fall silent.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::super::tier::suite;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Everything passes.
    Open,
    /// Connections break.
    Cut,
    /// Connections stay open, and no bytes pass.
    Silent,
}

/// Gone when dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    way: watch::Sender<Way>,
    listening: AbortHandle,
}

impl Proxy {
    pub(super) async fn start(way: Way) -> Self {
        let url = suite::redis_url();
        let redis = url.trim_start_matches("redis://").trim_end_matches('/');
        let redis = redis.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (way, watched) = watch::channel(way);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, redis.clone(), watched.clone()));
            }
        });
        Self {
            address,
            way,
            listening: listening.abort_handle(),
        }
    }

    pub(super) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(mut client: TcpStream, redis: String, mut way: watch::Receiver<Way>) {
    let Ok(mut server) = TcpStream::connect(redis).await else {
        return;
    };
    loop {
        let now = *way.borrow_and_update();
        let change = match now {
            Way::Cut => return,
            Way::Silent => way.changed().await,
            Way::Open => tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => return,
                change = way.changed() => change,
            },
        };
        if change.is_err() {
            return;
        }
    }
}
