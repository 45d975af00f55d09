//! A Postgres server of one test, which the test can crash and restart.
//!
//! Knows the server's command line, and nothing of its databases' content.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::binary;
use crate::port::Port;
use crate::process::Process;
use crate::wait::{SOON, until};

/// Folders in which the server's programs are installed, with one subfolder per version; the newest sorts last.
const FOLDERS: [&str; 2] = ["/usr/lib/postgresql", "/usr"];
/// Candidate users to run the server as when the tests run as root, which Postgres refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// How the server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Fast shutdown: sessions are closed and committed data is flushed first.
    Fast,
    /// Immediate shutdown, as in a crash: the next start recovers from the log.
    Crash,
}

/// A Postgres server whose data folder survives a stop.
#[derive(Debug)]
pub struct Postgres {
    port: Port,
    // Dropped before `folder`, into which the process writes.
    process: Option<Process>,
    folder: TempDir,
    programs: PathBuf,
    runs_as: Option<&'static str>,
}

impl Postgres {
    /// Creates and starts a server with Postgres' default durability settings.
    ///
    /// # Panics
    /// When Postgres is not installed.
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let runs_as = other_user();
        let mut postgres = Self {
            port: Port::free(),
            process: None,
            programs: programs(),
            runs_as,
            folder,
        };
        postgres.make().await;
        postgres.restart().await;
        postgres
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://order@127.0.0.1:{}/{database}",
            self.port.number()
        )
    }

    /// Stops the server and waits until its process has ended.
    ///
    /// # Panics
    /// When it does not end within [`SOON`].
    pub async fn end(&mut self, how: End) {
        if let Some(mut process) = self.process.take() {
            process.signal(match how {
                End::Fast => "INT",
                End::Crash => "QUIT",
            });
            until("Postgres to end", SOON, async || process.ended()).await;
        }
    }

    /// Starts the server again on the same port and data.
    ///
    /// # Panics
    /// When it does not listen within [`SOON`].
    pub async fn restart(&mut self) {
        let port = self.port.number();
        let data = self.data().display().to_string();
        let args = format!(
            "-D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        );
        let (program, mut all) = self.command("postgres");
        all.extend(args.split(' ').map(str::to_owned));
        let folder = self.folder.path();
        let mut process = Process::start("postgres", &program, &all, &Vec::new(), folder);
        until("Postgres to listen", SOON, async || {
            process.expect_running();
            TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        self.process = Some(process);
    }

    /// Stops every process of the server without ending it: connections stay open, and nothing answers.
    ///
    /// # Panics
    /// When the server does not run.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Continues a frozen server.
    ///
    /// # Panics
    /// When the server does not run.
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    fn signal_all(&self, name: &str) {
        let process = self.process.as_ref().expect("the server runs");
        // The server itself first: it starts no process meanwhile.
        process.signal(name);
        for child in process.children() {
            // A session may have ended since.
            let _ended = Command::new("kill")
                .args([format!("-{name}"), child])
                .stderr(std::process::Stdio::null())
                .status();
        }
    }

    async fn make(&self) {
        let data = self.data();
        std::fs::create_dir(&data).expect("the data folder can be created");
        if let Some(user) = self.runs_as {
            for (program, args) in [("chmod", ["755"]), ("chown", [user])] {
                let path = if program == "chmod" {
                    self.folder.path()
                } else {
                    &data
                };
                let done = Command::new(program).args(args).arg(path).status();
                assert!(done.is_ok_and(|status| status.success()), "{program}");
            }
        }
        let (program, args) = self.command("initdb");
        let mut command = tokio::process::Command::new(program);
        command
            .args(args)
            .arg("--pgdata")
            .arg(&data)
            .args("--username=order --auth=trust --encoding=UTF8 --locale=C --no-sync".split(' '))
            .current_dir("/");
        let made = binary::finish(command, SOON + Duration::from_secs(30)).await;
        assert!(made.status.success(), "{made:?}");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The command line of one of the server's programs, run as a user that Postgres accepts.
    fn command(&self, name: &str) -> (PathBuf, Vec<String>) {
        let program = self.programs.join(name);
        match self.runs_as {
            None => (program, Vec::new()),
            Some(user) => {
                let group = group_of(user);
                let args = [
                    format!("--reuid={user}"),
                    format!("--regid={group}"),
                    "--clear-groups".to_owned(),
                    program.display().to_string(),
                ];
                (PathBuf::from("setpriv"), args.into())
            }
        }
    }
}

fn programs() -> PathBuf {
    let versions = std::fs::read_dir(FOLDERS[0]).into_iter().flatten();
    let mut found: Vec<PathBuf> = versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin"))
        .chain([Path::new(FOLDERS[1]).join("bin")])
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found
        .pop()
        .expect("Postgres is installed, as tests/run.sh does")
}

fn output_of(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn other_user() -> Option<&'static str> {
    let root = output_of("id", &["-u"]).is_some_and(|id| id == "0");
    let known = |user: &&str| output_of("id", &["-u", user]).is_some();
    let user = root.then(|| USERS.into_iter().find(known));
    user.map(|user| user.expect("a user that may run Postgres exists"))
}

fn group_of(user: &str) -> String {
    output_of("id", &["-g", user]).expect("the user has a group")
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database};

    use super::*;

    #[tokio::test]
    async fn a_crashed_postgres_keeps_its_data_after_a_restart() {
        let mut postgres = Postgres::start().await;
        let url = postgres.url("postgres");
        let db = Database::connect(&url)
            .await
            .expect("the server accepts connections");
        let made = db.execute_unprepared("CREATE TABLE kept (n INT)").await;
        made.expect("a table can be created");
        for how in [End::Crash, End::Fast] {
            postgres.end(how).await;
            let port = postgres.port.number();
            assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
            postgres.restart().await;
            let again = until("Postgres to answer", SOON, async || {
                Database::connect(&url).await.ok()
            });
            let kept = again
                .await
                .execute_unprepared("INSERT INTO kept VALUES (1)")
                .await;
            kept.expect("the table still exists");
        }
    }
}
