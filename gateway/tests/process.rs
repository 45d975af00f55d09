//! The process: its errors for invalid settings, and its shutdown.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn gateway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_order-gateway"));
    for name in [
        "HTTP_PORT",
        "HOST",
        "AUTH",
        "ORDER_SERVICE_URL",
        "CORS_ORIGINS",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command.stderr(Stdio::piped()).stdout(Stdio::null());
    command
}

#[test]
fn an_invalid_setting_is_one_line_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    for (name, value, expected) in [
        ("HTTP_PORT", "no", "HTTP_PORT must be a port"),
        ("HTTP_PORT", port.as_str(), port.as_str()),
        ("HOST", "0.0.0.0", "AUTH must be set"),
        ("ORDER_SERVICE_URL", "9084", "ORDER_SERVICE_URL must be"),
    ] {
        let output = gateway().env(name, value).output().expect("it starts");
        assert!(!output.status.success(), "{name}={value}");
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn sigterm_stops_the_process_in_time_without_an_error() {
    let mut child = gateway().env("HTTP_PORT", "0").spawn().expect("it starts");
    let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    log.read_line(&mut line).expect("it logs its address");
    assert!(line.contains("127.0.0.1"), "{line}");
    let asked = Instant::now();
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("kill is there");
    assert!(killed.success());
    let status = child.wait().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(10));
    let mut rest = String::new();
    log.read_to_string(&mut rest).expect("UTF-8");
    assert!(status.success(), "{status}: {rest}");
}
