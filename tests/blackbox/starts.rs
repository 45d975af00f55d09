//! A start that cannot succeed ends with a line that names the setting, and with a non-zero exit code.

use std::net::TcpListener;
use std::time::Duration;

use order_tests::backend::empty_database;
use order_tests::binary::{self, Finished};
use order_tests::port::Port;
use order_tests::settings::{self, Settings, set};
use tempfile::TempDir;

const BOUND: Duration = Duration::from_secs(45);

/// Settings under which `serve` would start, on SQLite.
fn good(folder: &TempDir, port: &Port) -> Settings {
    let mut good = settings::participants_at("http://127.0.0.1:9");
    set(&mut good, "DATA_DIR", folder.path().join("data").display());
    set(&mut good, "DATA_KEY", settings::data_key());
    set(&mut good, "GRPC_PORT", port.number());
    good
}

/// Starts a binary that must refuse, and returns the lines in which it reports why: one for each faulty setting.
async fn refusal(name: &str, args: &[&str], settings: &Settings) -> String {
    let done: Finished = binary::run(name, args, settings, BOUND).await;
    assert!(
        !done.status.success(),
        "{settings:?}: {}{}",
        done.stdout,
        done.stderr
    );
    let all = format!("{}{}", done.stdout, done.stderr);
    assert!(!all.contains("panicked"), "{all}");
    let reports = |line: &&str| line.starts_with("error: ") || line.starts_with("order-gateway: ");
    let lines: Vec<&str> = done.stderr.lines().filter(reports).collect();
    assert!(!lines.is_empty(), "it reports nothing: {all}");
    lines.join("\n")
}

/// `serve` with one setting changed (or taken away) must name it.
async fn serve_names(setting: &str, value: Option<&str>) {
    let (folder, port) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
    );
    let mut settings = good(&folder, &port);
    settings.retain(|(name, _)| name != setting);
    if let Some(value) = value {
        set(&mut settings, setting, value);
    }
    let said = refusal(binary::SERVICE, &["serve"], &settings).await;
    assert!(said.contains(setting), "{setting}={value:?}: {said}");
    if setting == "DATA_KEY"
        && let Some(value) = value
    {
        assert!(!said.contains(value), "a secret is never shown: {said}");
    }
}

#[tokio::test]
async fn a_setting_that_is_missing_is_named() {
    for setting in [
        "INVENTORY_URL",
        "PAYMENT_URL",
        "NOTIFICATION_URL",
        "SUBSCRIPTION_URL",
        "DATA_KEY",
    ] {
        serve_names(setting, None).await;
    }
}

#[tokio::test]
async fn a_setting_that_is_malformed_is_named() {
    for (setting, value) in [
        ("INVENTORY_URL", "not a url"),
        ("PAYMENT_URL", "ftp://127.0.0.1:9"),
        ("DATA_KEY", "c2hvcnQ="),
        ("DATA_KEY", "!!"),
        ("GRPC_PORT", "many"),
        ("GRPC_PORT", "70000"),
        ("LEASE", "10ms"),
        ("LEASE", "soon"),
        ("STEP_DEADLINE", "-1s"),
        ("STEP_ATTEMPTS", "0"),
        ("HOLD_DURATION", "15"),
        ("TAX_BPS", "lots"),
        ("POSTGRES_URL", "mysql://127.0.0.1/orders"),
        ("POSTGRES_URL", "here"),
        ("AUTH", "maybe"),
    ] {
        serve_names(setting, Some(value)).await;
    }
}

#[tokio::test]
async fn a_malformed_address_of_redis_is_named() {
    let (folder, port) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
    );
    let mut settings = good(&folder, &port);
    set(&mut settings, "POSTGRES_URL", empty_database().await);
    for address in ["http://127.0.0.1:6379", "redis://", "127.0.0.1:many"] {
        set(&mut settings, "REDIS_ADDR", address);
        let said = refusal(binary::SERVICE, &["serve"], &settings).await;
        assert!(said.contains("REDIS_ADDR"), "{address}: {said}");
    }
}

#[tokio::test]
async fn an_address_that_other_machines_reach_requires_auth() {
    let (folder, port) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
    );
    let mut settings = good(&folder, &port);
    set(&mut settings, "HOST", "0.0.0.0");
    let said = refusal(binary::SERVICE, &["serve"], &settings).await;
    assert!(said.contains("AUTH"), "{said}");
}

#[tokio::test]
async fn an_unreachable_database_is_named() {
    let (folder, port, closed) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
        Port::free(),
    );
    let mut settings = good(&folder, &port);
    set(
        &mut settings,
        "POSTGRES_URL",
        format!("postgres://me:hunter2@127.0.0.1:{}/orders", closed.number()),
    );
    for args in [["serve"].as_slice(), &["migrate", "up"]] {
        let said = refusal(binary::SERVICE, args, &settings).await;
        assert!(said.contains("POSTGRES_URL"), "{args:?}: {said}");
        assert!(!said.contains("hunter2"), "a secret is never shown: {said}");
    }
}

#[tokio::test]
async fn a_database_without_tables_is_referred_to_migrate() {
    let (folder, port) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
    );
    let mut settings = good(&folder, &port);
    set(&mut settings, "POSTGRES_URL", empty_database().await);
    let said = refusal(binary::SERVICE, &["serve"], &settings).await;
    assert!(said.contains("migrate"), "{said}");
    let done = binary::run(binary::SERVICE, &["migrate", "up"], &settings, BOUND).await;
    assert!(done.status.success(), "{}{}", done.stdout, done.stderr);
    let again = binary::run(binary::SERVICE, &["migrate", "up"], &settings, BOUND).await;
    assert!(
        again.status.success(),
        "a second time changes nothing: {}{}",
        again.stdout,
        again.stderr
    );
    let status = binary::run(binary::SERVICE, &["migrate", "status"], &settings, BOUND).await;
    assert!(
        status.status.success(),
        "{}{}",
        status.stdout,
        status.stderr
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (folder, port) = (
        TempDir::new().expect("a temporary folder can be created"),
        Port::free(),
    );
    let _taken = TcpListener::bind(("127.0.0.1", port.number())).expect("the place is free");
    let said = refusal(binary::SERVICE, &["serve"], &good(&folder, &port)).await;
    assert!(said.contains("GRPC_PORT"), "{said}");

    let mut settings = Settings::new();
    set(&mut settings, "HTTP_PORT", port.number());
    set(&mut settings, "ORDER_SERVICE_URL", "http://127.0.0.1:9");
    let said = refusal(binary::GATEWAY, &[], &settings).await;
    assert!(said.contains("HTTP_PORT"), "{said}");
    let number = port.number().to_string();
    let said = refusal(
        binary::SERVICE,
        &["sandbox", "--port", &number],
        &Settings::new(),
    )
    .await;
    assert!(said.contains(&number), "{said}");
}

#[tokio::test]
async fn a_port_that_is_taken_leaves_no_half_started_dev() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let ports = [Port::free(), Port::free(), Port::free()];
    let names = ["HTTP_PORT", "GRPC_PORT", "SANDBOX_PORT"];
    for (taken, name) in ports.iter().zip(names) {
        let _taken = TcpListener::bind(("127.0.0.1", taken.number())).expect("the place is free");
        let mut settings = Settings::new();
        set(
            &mut settings,
            "DATA_DIR",
            folder.path().join("data").display(),
        );
        for (port, name) in ports.iter().zip(names) {
            set(&mut settings, name, port.number());
        }
        let said = refusal(binary::SERVICE, &["dev"], &settings).await;
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[tokio::test]
async fn some_participants_but_not_all_are_an_error_in_dev() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let mut settings = Settings::new();
    set(
        &mut settings,
        "DATA_DIR",
        folder.path().join("data").display(),
    );
    set(&mut settings, "INVENTORY_URL", "http://127.0.0.1:9");
    let said = refusal(binary::SERVICE, &["dev"], &settings).await;
    assert!(said.contains("PAYMENT_URL"), "{said}");
}

#[tokio::test]
async fn an_origin_that_no_browser_sends_is_named_by_dev() {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let mut settings = Settings::new();
    for name in ["HTTP_PORT", "GRPC_PORT", "SANDBOX_PORT"] {
        set(&mut settings, name, 0);
    }
    set(
        &mut settings,
        "DATA_DIR",
        folder.path().join("data").display(),
    );
    set(&mut settings, "CORS_ORIGINS", "shop.example");
    let said = refusal(binary::SERVICE, &["dev"], &settings).await;
    assert!(said.contains("CORS_ORIGINS"), "{said}");
}

#[tokio::test]
async fn a_gateway_whose_service_is_malformed_names_the_setting() {
    let port = Port::free();
    let mut settings = Settings::new();
    set(&mut settings, "HTTP_PORT", port.number());
    set(&mut settings, "ORDER_SERVICE_URL", "not a url");
    let said = refusal(binary::GATEWAY, &[], &settings).await;
    assert!(said.contains("ORDER_SERVICE_URL"), "{said}");
}
