//! The options of both binaries about settings: what they list, print and check, and that they start nothing.

use std::path::Path;
use std::time::Duration;

use order_tests::backend::empty_database;
use order_tests::binary::{self, Finished};
use order_tests::port::Port;
use order_tests::settings::{self, Settings, set};
use tempfile::TempDir;

const BOUND: Duration = Duration::from_secs(45);
const BINARIES: [&str; 2] = [binary::SERVICE, binary::GATEWAY];
/// The generated reference of all settings.
const PAGE: &str = "docs/settings.md";

async fn run(name: &str, args: &[&str], settings: &Settings) -> Finished {
    binary::run(name, args, settings, BOUND).await
}

async fn printed(name: &str, args: &[&str], settings: &Settings) -> String {
    let done = run(name, args, settings).await;
    assert!(done.status.success(), "{name} {args:?}: {}", done.stderr);
    done.stdout
}

fn one(name: &str, value: &str) -> Settings {
    vec![(name.to_owned(), value.to_owned())]
}

/// The lines on standard error that name a faulty setting.
fn faults(done: &Finished) -> Vec<&str> {
    assert_eq!(
        done.status.code(),
        Some(1),
        "{}{}",
        done.stdout,
        done.stderr
    );
    done.stderr.lines().collect()
}

#[tokio::test]
async fn help_and_version_print_and_end() {
    for name in BINARIES {
        let version = printed(name, &["--version"], &Settings::new()).await;
        assert!(version.starts_with(&format!("{name} ")), "{version}");
        let help = printed(name, &["--help"], &Settings::new()).await;
        for setting in [
            "HTTP_PORT  [default: 8084]",
            "OTEL_TRACES_SAMPLER",
            "Must be",
        ] {
            assert!(help.contains(setting), "{name}: {help}");
        }
    }
}

#[tokio::test]
async fn both_binaries_refuse_the_same_settings_in_one_line() {
    for (setting, value) in [
        ("RUST_LOG", "a=b=c"),
        ("RUST_LOG", "inof"),
        ("LOG_FORMAT", "xml"),
        ("HTTP_PORT", "many"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ] {
        for name in BINARIES {
            let done = run(name, &[], &one(setting, value)).await;
            let lines = faults(&done);
            assert!(
                lines.len() == 1 && lines[0].contains(&format!("{setting} must be ")),
                "{name}: {lines:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_start_has_its_line() {
    let mut settings = one("LEASE", "1ms");
    set(&mut settings, "DATA_KEY", "hunter2");
    set(&mut settings, "HOST", "0.0.0.0");
    for args in [["serve"], ["check"]] {
        let done = run(binary::SERVICE, &args, &settings).await;
        let lines = faults(&done);
        for setting in ["LEASE", "DATA_KEY", "AUTH", "INVENTORY_URL", "PAYMENT_URL"] {
            let found = lines.iter().filter(|line| line.contains(setting)).count();
            assert_eq!(found, 1, "{setting}: {lines:?}");
        }
        assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    }
}

#[tokio::test]
async fn the_printed_settings_show_no_secret_and_start_nothing() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let data = folder.path().join("data");
    let mut settings = one("DATA_DIR", &data.display().to_string());
    set(
        &mut settings,
        "POSTGRES_URL",
        "postgres://me:hunter2@127.0.0.1:9/orders",
    );
    set(&mut settings, "LEASE", "3s");
    for args in [["--print-config"].as_slice(), &["dev", "--print-config"]] {
        let shown = printed(binary::SERVICE, args, &settings).await;
        for line in ["LEASE=3s  # environment", "GRPC_PORT=9084  # default"] {
            assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
        }
        assert!(shown.contains("POSTGRES_URL=[secret]") && !shown.contains("hunter2"));
    }
    assert!(!data.exists(), "nothing was started");
    let shown = printed(binary::GATEWAY, &["--print-config"], &one("HTTP_PORT", "7")).await;
    assert!(shown.contains("HTTP_PORT=7  # environment"), "{shown}");
    assert!(shown.contains("ORDER_SERVICE_URL=http://127.0.0.1:9084  # default"));
}

#[tokio::test]
async fn a_secret_comes_from_a_file_or_a_variable_and_not_from_both() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let file = folder.path().join("key");
    let key = settings::data_key();
    std::fs::write(&file, format!("{key}\n")).expect("the file is written");
    let mut settings = settings::participants_at("http://127.0.0.1:9");
    set(&mut settings, "DATA_KEY_FILE", file.display());
    let shown = printed(binary::SERVICE, &["serve", "--print-config"], &settings).await;
    assert!(
        shown.contains("DATA_KEY=[secret]  # file, by DATA_KEY_FILE"),
        "{shown}"
    );
    set(&mut settings, "DATA_KEY", key);
    let done = run(binary::SERVICE, &["serve"], &settings).await;
    let lines = faults(&done);
    assert!(lines[0].contains("DATA_KEY and DATA_KEY_FILE"), "{lines:?}");
}

#[tokio::test]
async fn check_tries_every_connection_and_names_the_setting_of_each_that_fails() {
    let closed = Port::free();
    let mut settings = settings::participants_at(&closed.url());
    let addr = format!("127.0.0.1:{}", closed.number());
    set(&mut settings, "DATA_KEY", settings::data_key());
    set(
        &mut settings,
        "POSTGRES_URL",
        format!("postgres://me:hunter2@{addr}/orders"),
    );
    set(
        &mut settings,
        "REDIS_ADDR",
        format!("redis://:hunter2@{addr}"),
    );
    set(&mut settings, "OTEL_EXPORTER_OTLP_ENDPOINT", closed.url());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it is bound").port();
    set(&mut settings, "GRPC_PORT", port);
    let done = run(binary::SERVICE, &["check"], &settings).await;
    let lines = faults(&done);
    for setting in [
        "GRPC_PORT",
        "POSTGRES_URL",
        "REDIS_ADDR",
        "INVENTORY_URL",
        "PAYMENT_URL",
        "NOTIFICATION_URL",
        "SUBSCRIPTION_URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        let named = |line: &&&str| line.starts_with(&format!("error: {setting}: "));
        assert_eq!(
            lines.iter().filter(named).count(),
            1,
            "{setting}: {lines:?}"
        );
    }
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
}

#[tokio::test]
async fn check_finds_a_database_without_tables_and_then_no_fault() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("the port is bound");
    let mut settings = settings::participants_at(&format!("http://{address}"));
    set(&mut settings, "DATA_KEY", settings::data_key());
    set(&mut settings, "POSTGRES_URL", empty_database().await);
    set(&mut settings, "GRPC_PORT", 0);
    let redis = std::env::var("ORDER_TEST_REDIS_URL").expect("ORDER_TEST_REDIS_URL is set");
    set(&mut settings, "REDIS_ADDR", redis);
    let done = run(binary::SERVICE, &["check"], &settings).await;
    let lines = faults(&done);
    assert!(
        lines.len() == 1 && lines[0].contains("POSTGRES_URL: "),
        "{lines:?}"
    );
    printed(binary::SERVICE, &["migrate", "up"], &settings).await;
    let reached = printed(binary::SERVICE, &["check"], &settings).await;
    assert_eq!(reached.lines().count(), 7, "{reached}");
}

#[tokio::test]
async fn the_page_of_settings_is_fresh() {
    let mut page = String::from(
        "# Settings\n\nGenerated from the code; `UPDATE=1 cargo nextest run -p order-tests --test blackbox \
         page_of_settings`\nwrites it again, with `ORDER_BIN_DIR` set to the folder of the built binaries.\n\n\
         Settings are environment variables; an empty one counts as not set. A secret may also come from the file \
         that its\n`_FILE` variable names; setting both is an error. Durations are written as `500ms`, `2s`, `15m`, \
         `24h` or `1h 30m`. A start\nwith malformed settings ends with one line for each of them. `--print-config` \
         prints the settings that hold, and\n`order-service check` also tries the connections.\n",
    );
    for name in BINARIES {
        let tables = printed(name, &["--print-reference"], &Settings::new()).await;
        page.push_str(&format!("\n## {name}\n{}\n", tables.trim_end()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "{PAGE} is stale: run this test with UPDATE=1"
    );
}
