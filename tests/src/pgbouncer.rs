//! A PgBouncer of one test, in front of the tests' Postgres.
//!
//! Knows its command line and configuration.

use std::path::PathBuf;

use reqwest::Url;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::port::Port;
use crate::process::Process;
use crate::wait::{SOON, until};

/// Where Debian installs it; not in the PATH of every user.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// Whom it runs as when the tests run as root, which it refuses.
const USER: &str = "nobody";

/// A running pooler.
#[derive(Debug)]
pub struct PgBouncer {
    port: Port,
    _process: Process,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts a pooler in this mode (`session`, `transaction`) for the server of this URL.
    ///
    /// # Panics
    /// When PgBouncer is not installed, or does not listen in time.
    pub async fn start(mode: &str, server: &str) -> Self {
        let server = Url::parse(server).expect("a valid URL");
        let folder = TempDir::new().expect("a temporary folder can be made");
        let port = Port::free();
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} port={} user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 40\nmax_client_conn = 200\n",
            server.host_str().expect("the URL has a host"),
            server.port().expect("the URL has a port"),
            server.username(),
            port.number(),
        );
        std::fs::write(&file, text).expect("the configuration can be written");
        let mut args = vec![file.display().to_string()];
        if is_root() {
            open_to_all(&folder);
            args.extend(["-u".to_owned(), USER.to_owned()]);
        }
        let program = PathBuf::from(PROGRAM);
        assert!(
            program.exists(),
            "PgBouncer is installed, as tests/run.sh does"
        );
        let mut process = Process::start("pgbouncer", &program, &args, &[], folder.path());
        until("PgBouncer to listen", SOON, async || {
            process.expect_running();
            TcpStream::connect(("127.0.0.1", port.number())).await.ok()
        })
        .await;
        Self {
            port,
            _process: process,
            _folder: folder,
        }
    }

    /// The URL that reaches the same database through the pooler.
    ///
    /// # Panics
    /// When the URL is malformed.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url = Url::parse(database).expect("a valid URL");
        let set = url.set_port(Some(self.port.number()));
        set.expect("the URL has a host");
        url.to_string()
    }
}

fn is_root() -> bool {
    let output = std::process::Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout == b"0\n")
}

fn open_to_all(folder: &TempDir) {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(0o755);
    let opened = std::fs::set_permissions(folder.path(), permissions);
    opened.expect("the folder's mode can be changed");
}
