//! A Redis server of one test, which the test can kill and restart.
//!
//! Knows the server's command line, and nothing of its content.

use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::port::Port;
use crate::process::Process;
use crate::wait::{SOON, until};

/// A Redis server without persistence: a stop deletes its data.
#[derive(Debug)]
pub struct Redis {
    port: Port,
    folder: TempDir,
    process: Option<Process>,
}

impl Redis {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not listen in time.
    pub async fn start() -> Self {
        let mut redis = Self::stopped();
        redis.restart().await;
        redis
    }

    /// A server that is not started; its port is reserved.
    ///
    /// # Panics
    /// When no temporary folder can be created.
    #[must_use]
    pub fn stopped() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        Self {
            port: Port::free(),
            folder,
            process: None,
        }
    }

    /// The value of `REDIS_ADDR` that selects this server.
    #[must_use]
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port.number())
    }

    /// Kills the server; its data is lost.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Deletes all data of the running server.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn flush(&self) {
        let redis = TcpStream::connect(("127.0.0.1", self.port.number())).await;
        let mut redis = redis.expect("the server accepts connections");
        redis
            .write_all(b"FLUSHALL\r\n")
            .await
            .expect("the command can be sent");
        let mut answer = [0; 5];
        redis
            .read_exact(&mut answer)
            .await
            .expect("the server answers");
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// Starts the server again on the same port, without data.
    ///
    /// # Panics
    /// When it does not listen in time.
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
    async fn a_killed_redis_frees_its_port_and_restarts_on_it() {
        let mut redis = Redis::start().await;
        let port = redis.port.number();
        redis.kill();
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
        redis.restart().await;
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    }
}
