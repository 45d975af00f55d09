//! Locates the product's binaries, and runs commands to their end.
//!
//! Reads one variable, `ORDER_BIN_DIR`, which `tests/run.sh` sets.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;

/// The service and its other commands.
pub const SERVICE: &str = "order-service";
/// The service built with the feature `failpoints`.
pub const SERVICE_WITH_FAILPOINTS: &str = "order-service-failpoints";
/// The gateway as it ships.
pub const GATEWAY: &str = "order-gateway";

/// The path of a binary of the product.
///
/// # Panics
/// When `ORDER_BIN_DIR` is not set, or the binary does not exist; the message says what to do.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let Some(folder) = std::env::var_os("ORDER_BIN_DIR") else {
        panic!(
            "ORDER_BIN_DIR does not say where {name} is: run tests/run.sh, or set it to target/debug"
        );
    };
    let path = PathBuf::from(folder).join(name);
    assert!(
        path.is_file(),
        "{} is not built: run tests/run.sh, which builds it",
        path.display()
    );
    path
}

/// The result of a command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit status.
    pub status: ExitStatus,
    /// The whole standard output.
    pub stdout: String,
    /// The whole standard error.
    pub stderr: String,
}

/// Runs a command of the product with exactly these settings in its environment.
///
/// # Panics
/// When it has not ended after `bound`; it is killed then.
pub async fn run(
    name: &str,
    args: &[&str],
    settings: &[(String, String)],
    bound: Duration,
) -> Finished {
    let mut command = Command::new(path(name));
    command.args(args).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(settings.iter().cloned());
    finish(command, bound).await
}

/// Runs any command to its end.
///
/// # Panics
/// When it cannot be started, or has not ended after `bound`; it is killed then.
pub async fn finish(mut command: Command, bound: Duration) -> Finished {
    command
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    let said = format!("{:?}", command.as_std());
    let output = tokio::time::timeout(bound, command.output())
        .await
        .unwrap_or_else(|_| panic!("{said} has not ended after {bound:?}"))
        .unwrap_or_else(|error| panic!("{said} cannot be started: {error}"));
    Finished {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
