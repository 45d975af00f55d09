//! Where the product's binaries are, and commands that run to their end.
//!
//! Knows one variable, `ORDER_BIN_DIR`; `tests/run.sh` sets it.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;

/// The service, with all its commands.
pub const SERVICE: &str = "order-service";
/// The service with places to hold it at.
pub const SERVICE_WITH_FAILPOINTS: &str = "order-service-failpoints";
/// The production gateway.
pub const GATEWAY: &str = "order-gateway";

/// The path of a binary of the product.
///
/// # Panics
/// With one line that says what to do, when the variable or the binary is not there.
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

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// Runs a command of the product with these settings and no other.
///
/// # Panics
/// When it has not ended by the bound; it is ended then.
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
/// When it cannot be started, or has not ended by the bound; it is ended then.
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
