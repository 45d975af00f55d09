//! A Redis of a test's own, to be killed and started again.
//!
//! Knows the server's command line, and nothing of what is kept in it.

use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::port::Port;
use crate::process::Process;
use crate::wait::{SOON, until};

/// A Redis server without persistence: what it knew is gone when it is.
#[derive(Debug)]
pub struct Redis {
    port: Port,
    folder: TempDir,
    process: Option<Process>,
}

impl Redis {
    /// A running one.
    pub async fn start() -> Self {
        let mut redis = Self::stopped();
        redis.restart().await;
        redis
    }

    /// One whose port is kept and where nothing listens.
    ///
    /// # Panics
    /// When there is no temporary folder.
    #[must_use]
    pub fn stopped() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        Self {
            port: Port::free(),
            folder,
            process: None,
        }
    }

    /// The `REDIS_ADDR` that leads here.
    #[must_use]
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port.number())
    }

    /// Gone at once, with all it knew.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Forgets all it knows, and goes on.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn flush(&self) {
        let redis = TcpStream::connect(("127.0.0.1", self.port.number())).await;
        let mut redis = redis.expect("it runs");
        redis.write_all(b"FLUSHALL\r\n").await.expect("it listens");
        let mut answer = [0; 5];
        redis.read_exact(&mut answer).await.expect("it answers");
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// Runs again on the same port, empty.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub async fn restart(&mut self) {
        let port = self.port.number();
        let args = format!(
            "--bind 127.0.0.1 --port {port} --appendonly no --dir {}",
            self.folder.path().display()
        );
        let mut args: Vec<String> = args.split(' ').map(str::to_owned).collect();
        args.extend(["--save".to_owned(), String::new()]);
        let mut process = Process::start(
            "redis",
            Path::new("redis-server"),
            &args,
            &Vec::new(),
            self.folder.path(),
        );
        until("Redis to listen", SOON, async || {
            process.expect_running();
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        self.process = Some(process);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_redis_that_is_killed_leaves_its_port_and_comes_back_on_it() {
        let mut redis = Redis::start().await;
        let port = redis.port.number();
        redis.kill();
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
        redis.restart().await;
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    }
}
