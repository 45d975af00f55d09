//! A start that fails for a reason outside of its settings names the setting, and the cause once.

use std::time::Duration;

use order_tests::binary;
use order_tests::port::Port;
use order_tests::settings::{self, Settings, set};
use tempfile::TempDir;

const BOUND: Duration = Duration::from_secs(45);

/// Settings of `serve` in this folder.
fn serve(folder: &TempDir) -> (Settings, Port) {
    let port = Port::free();
    let mut settings = settings::participants_at("http://127.0.0.1:9");
    set(
        &mut settings,
        "DATA_DIR",
        folder.path().join("data").display(),
    );
    set(&mut settings, "DATA_KEY", settings::data_key());
    set(&mut settings, "GRPC_PORT", port.number());
    (settings, port)
}

/// The line in which a command reports why it fails.
async fn cause(args: &[&str], settings: &Settings) -> String {
    let done = binary::run(binary::SERVICE, args, settings, BOUND).await;
    assert_eq!(done.status.code(), Some(1), "{args:?}: {done:?}");
    let reports: Vec<&str> = done.stderr.lines().collect();
    let mut lines = reports.iter().filter(|line| line.starts_with("error: "));
    let line = lines.next().unwrap_or_else(|| panic!("{args:?}: {done:?}"));
    assert_eq!(lines.next(), None, "{args:?}: {done:?}");
    (*line).to_owned()
}

/// The line without its repeated parts, as colons separate them.
fn says_nothing_twice(line: &str) {
    let mut parts: Vec<&str> = line.split(": ").collect();
    parts.sort_unstable();
    let said = parts.len();
    parts.dedup();
    assert_eq!(parts.len(), said, "{line}");
}

#[tokio::test]
async fn a_broken_sqlite_file_is_reported_by_its_folder() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("the folder can be created");
    let broken = "this is no database, and longer than the header of one".repeat(100);
    std::fs::write(data.join("orders.db"), broken).expect("the file is written");
    let (settings, _port) = serve(&folder);
    for args in [["serve"].as_slice(), &["migrate", "up"], &["check"]] {
        let line = match args {
            ["check"] => {
                let done = binary::run(binary::SERVICE, args, &settings, BOUND).await;
                let mut lines = done.stderr.lines().map(str::to_owned);
                let found = lines.rfind(|line| line.starts_with("error: DATA_DIR: "));
                found.unwrap_or_else(|| panic!("{done:?}"))
            }
            _ => cause(args, &settings).await,
        };
        assert!(line.starts_with("error: DATA_DIR: "), "{args:?}: {line}");
        assert!(line.contains("file is not a database"), "{args:?}: {line}");
        assert!(!line.contains("POSTGRES_URL"), "{args:?}: {line}");
        says_nothing_twice(&line);
    }
}

#[tokio::test]
async fn an_error_of_postgres_is_reported_once() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let (mut settings, _port) = serve(&folder);
    let server = std::env::var("ORDER_TEST_POSTGRES_URL").expect("ORDER_TEST_POSTGRES_URL is set");
    set(
        &mut settings,
        "POSTGRES_URL",
        format!("{server}/there_is_none"),
    );
    let line = cause(&["serve"], &settings).await;
    assert!(line.starts_with("error: POSTGRES_URL: "), "{line}");
    assert!(line.contains("\"there_is_none\" does not exist"), "{line}");
    says_nothing_twice(&line);
}

#[tokio::test]
async fn a_password_that_is_not_escaped_is_no_failed_lookup() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let (mut settings, _port) = serve(&folder);
    for password in ["12/34hunter2", "12?34hunter2", "12#34hunter2"] {
        let url = format!("postgres://me:{password}@127.0.0.1:9/orders");
        set(&mut settings, "POSTGRES_URL", url);
        let line = cause(&["serve"], &settings).await;
        assert!(line.contains("percent-encoded"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_found_by_check() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let (mut settings, _port) = serve(&folder);
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("the file is written");
    set(&mut settings, "DATA_DIR", file.join("data").display());
    let done = binary::run(binary::SERVICE, &["check"], &settings, BOUND).await;
    let found = done
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: DATA_DIR: "));
    assert_eq!(found.count(), 1, "{done:?}");
    assert!(done.stdout.contains("GRPC_PORT: free"), "{done:?}");
    set(
        &mut settings,
        "DATA_DIR",
        folder.path().join("data").display(),
    );
    let done = binary::run(binary::SERVICE, &["check"], &settings, BOUND).await;
    assert!(done.stdout.contains("DATA_DIR: free"), "{done:?}");
    assert!(!folder.path().join("data").exists(), "nothing was made");
}
