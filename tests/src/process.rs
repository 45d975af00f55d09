//! One process of the product: started, observed, and ended by its process id.
//!
//! Its output goes to a file, whose end is printed when the test that owns the process fails.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::wait;

/// The number of log lines that are printed when a test fails.
const LOG_LINES_SHOWN: usize = 60;

/// A running process; it is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program with exactly these settings in its environment. Its log is appended to `<name>.log` in
    /// `folder`.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn start(
        name: &str,
        program: &Path,
        args: &[String],
        settings: &[(String, String)],
        folder: &Path,
    ) -> Self {
        let log = folder.join(format!("{name}.log"));
        let out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .expect("the log file can be opened");
        let err = out
            .try_clone()
            .expect("the log file's handle can be cloned");
        let mut command = Command::new(program);
        command
            .args(args)
            .env_clear()
            .envs(settings.iter().cloned())
            .current_dir(folder);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        Self {
            name: name.to_owned(),
            child,
            log,
        }
    }

    /// The whole output so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The exit status; `None` while the process runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("the status of a child can be read")
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill(&mut self) {
        // Fails only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal, such as `STOP`.
    ///
    /// # Panics
    /// When the process has ended and its exit status was read.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([format!("-{name}"), pid])
            .status()
            .expect("`kill` can be run");
        assert!(sent.success(), "SIG{name} to {} failed", self.name);
    }

    /// The ids of the processes that it has started and that have not ended.
    #[must_use]
    pub fn children(&self) -> Vec<String> {
        let id = self.child.id();
        let listed = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let listed = listed.unwrap_or_default();
        listed.split_whitespace().map(str::to_owned).collect()
    }

    /// The processor time that it has used so far.
    ///
    /// # Panics
    /// When the process has ended.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the process runs");
        // After the name in brackets: user and system time are the 12th and 13th fields, in ticks of 10 ms.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Sends SIGTERM, waits for the end and returns the exit status.
    ///
    /// # Panics
    /// When the process has not ended after `bound`.
    pub async fn terminate(&mut self, bound: Duration) -> ExitStatus {
        self.signal("TERM");
        let what = format!("{} to end after SIGTERM", self.name);
        wait::until(&what, bound, async || self.ended()).await
    }

    /// Asserts that the process still runs, so that a wait for it fails early.
    ///
    /// # Panics
    /// When it has ended; the message contains its log.
    pub fn expect_running(&mut self) {
        if let Some(status) = self.ended() {
            panic!("{} has ended: {status}\n{}", self.name, self.log());
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let from = lines.len().saturating_sub(LOG_LINES_SHOWN);
            eprintln!("== {}\n{}", self.name, lines[from..].join("\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn shell(script: &str, folder: &TempDir) -> Process {
        let args = ["-c".to_owned(), script.to_owned()];
        let settings = [("WORD".to_owned(), "value".to_owned())];
        Process::start("shell", Path::new("sh"), &args, &settings, folder.path())
    }

    #[tokio::test]
    async fn a_process_gets_only_its_settings_and_its_output_is_logged() {
        let folder = TempDir::new().expect("a temporary folder");
        let mut process = shell("echo $WORD $HOME; echo wrong >&2; exit 3", &folder);
        let status = wait::until("the shell to end", wait::SOON, async || process.ended()).await;
        assert_eq!(status.code(), Some(3));
        assert_eq!(
            process.log(),
            "value\nwrong\n",
            "no other variable is passed on"
        );
    }

    #[tokio::test]
    async fn terminate_returns_the_exit_status() {
        let folder = TempDir::new().expect("a temporary folder");
        let mut process = shell("trap 'exit 7' TERM; echo up; while :; do :; done", &folder);
        wait::until("the trap to be set", wait::SOON, async || {
            process.log().contains("up").then_some(())
        })
        .await;
        let status = process.terminate(wait::SOON).await;
        assert_eq!(status.code(), Some(7));
    }

    #[tokio::test]
    async fn a_dropped_process_has_ended() {
        let folder = TempDir::new().expect("a temporary folder");
        let process = shell("exec tail -f /dev/null", &folder);
        let id = process.child.id().to_string();
        drop(process);
        let found = Command::new("kill")
            .args(["-0", &id])
            .stderr(Stdio::null())
            .status();
        assert!(!found.expect("`kill` can be run").success());
    }
}
