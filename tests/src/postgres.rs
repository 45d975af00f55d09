//! A Postgres of a test's own, to be crashed and started again.
//!
//! Knows the server's command line, and nothing of what is kept in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::binary;
use crate::port::Port;
use crate::process::Process;
use crate::wait::{SOON, until};

/// Where Debian and others put the server, newest first when sorted.
const FOLDERS: [&str; 2] = ["/usr/lib/postgresql", "/usr"];
/// Who the server runs as where the tests run as root, which it refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// How a server is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Sessions are cut, and what is committed is written out first.
    Fast,
    /// At once, as in a crash: the next start recovers from the log.
    Crash,
}

/// A Postgres server whose data survive its ends.
#[derive(Debug)]
pub struct Postgres {
    port: Port,
    // Before the folder that it writes into.
    process: Option<Process>,
    folder: TempDir,
    programs: PathBuf,
    runs_as: Option<&'static str>,
}

impl Postgres {
    /// A running one, with the durability that Postgres comes with.
    ///
    /// # Panics
    /// When there is no Postgres on this machine.
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

    /// Ends it, and waits until it is gone.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn end(&mut self, how: End) {
        if let Some(mut process) = self.process.take() {
            process.signal(match how {
                End::Fast => "INT",
                End::Crash => "QUIT",
            });
            until("Postgres to end", SOON, async || process.ended()).await;
        }
    }

    /// Runs again on the same port, with all it knew.
    ///
    /// # Panics
    /// When it does not answer in time.
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

    async fn make(&self) {
        let data = self.data();
        std::fs::create_dir(&data).expect("our own folder");
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

    /// A program of the server's, run as somebody who may.
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
        .expect("Postgres is installed, as tests/run.sh does it")
}

fn told(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn other_user() -> Option<&'static str> {
    let root = told("id", &["-u"]).is_some_and(|id| id == "0");
    let known = |user: &&str| told("id", &["-u", user]).is_some();
    let user = root.then(|| USERS.into_iter().find(known));
    user.map(|user| user.expect("there is a user who may run Postgres"))
}

fn group_of(user: &str) -> String {
    told("id", &["-g", user]).expect("the user has a group")
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database};

    use super::*;

    #[tokio::test]
    async fn a_postgres_that_crashes_comes_back_with_all_it_knew() {
        let mut postgres = Postgres::start().await;
        let url = postgres.url("postgres");
        let db = Database::connect(&url).await.expect("it answers");
        let made = db.execute_unprepared("CREATE TABLE kept (n INT)").await;
        made.expect("a table can be made");
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
            kept.expect("the table is there");
        }
    }
}
