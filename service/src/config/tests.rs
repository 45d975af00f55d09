//! Tables of variables, and the configuration or the faults that follow from them.

mod contradictions;
mod listings;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use order_gateway::browser::{Hosts, Origins, Policy};
use order_settings::{Faults, Source};

use super::*;
use crate::domain::BookingFees;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const PARTICIPANTS: [(&str, &str); 4] = [
    ("INVENTORY_URL", "http://inventory:1"),
    ("PAYMENT_URL", "http://payment:2/"),
    ("NOTIFICATION_URL", "https://notification"),
    ("SUBSCRIPTION_URL", "http://127.0.0.1:4"),
];

/// Loads with these variables, in a folder of its own.
fn load(mode: Mode, set: &[(&str, &str)]) -> Result<Config, Faults> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut variables: BTreeMap<String, OsString> = set
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect();
    variables
        .entry("DATA_DIR".to_owned())
        .or_insert_with(|| dir.path().into());
    Config::load(mode, &Source::new(&|name| variables.get(name).cloned()))
}

fn refusal(mode: Mode, set: &[(&str, &str)]) -> String {
    load(mode, set).expect_err("it is refused").to_string()
}

#[test]
fn nothing_set_is_the_embedded_stack() {
    let config = load(Mode::Dev, &[]).expect("the defaults are right");
    assert_eq!(config.http_addr().to_string(), "127.0.0.1:8084");
    assert_eq!(config.grpc_addr().to_string(), "127.0.0.1:9084");
    assert_eq!(config.sandbox_port, 9100);
    assert!(matches!(config.database, Database::Sqlite(_)));
    assert!(config.redis.is_none() && config.participants.is_none());
    assert!(config.webhook_secret.is_some());
    assert_eq!(config.engine.hold_duration, Duration::from_secs(15 * 60));
    assert_eq!(config.engine.lease, Duration::from_secs(10));
    assert_eq!(config.engine.step_attempts, 5);
    assert_eq!(config.engine.compensation_attempts, 100);
    assert_eq!(config.keys.ttl, Duration::from_secs(24 * 60 * 60));
    assert!(!config.keys.required);
    assert_eq!(config.booking_fees, BookingFees::default());
    assert_eq!(config.tax_bps, 0);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let config = load(Mode::Dev, &[("POSTGRES_URL", ""), ("LEASE", " ")]);
    assert!(matches!(
        config.expect("the defaults are right").database,
        Database::Sqlite(_)
    ));
}

#[test]
fn with_postgres_redis_is_expected_on_this_machine() {
    let config = load(Mode::Dev, &[("POSTGRES_URL", "postgres://u:p@db/orders")]);
    let redis = config.expect("it is right").redis.expect("it is set");
    assert_eq!(redis.connection_info().addr().to_string(), "localhost:6379");
}

#[test]
fn redis_is_named_by_host_and_port_or_by_url() {
    for (set, addr) in [
        ("cache:6380", "cache:6380"),
        ("[::1]:6379", "::1:6379"),
        ("redis://cache/2", "cache:6379"),
        ("rediss://:pw@cache:1", "cache:1"),
    ] {
        let config = load(Mode::Dev, &[("REDIS_ADDR", set)]).expect(set);
        let info = config.redis.expect(set).connection_info();
        assert_eq!(info.addr().to_string(), addr);
    }
}

#[test]
fn serve_needs_the_participants_and_the_data_key() {
    assert!(refusal(Mode::Serve, &[]).starts_with("INVENTORY_URL must be set"));
    assert!(refusal(Mode::Serve, &PARTICIPANTS).starts_with("DATA_KEY must be set"));
    let mut set = PARTICIPANTS.to_vec();
    set.push(("DATA_KEY", KEY));
    let config = load(Mode::Serve, &set).expect("it is right");
    assert!(config.webhook_secret.is_none());
    let participants = config.participants.expect("all four are set");
    assert_eq!(participants.payment_url, "http://payment:2");
}

#[test]
fn some_participants_without_the_others_are_refused() {
    let refusal = refusal(Mode::Dev, &PARTICIPANTS[..3]);
    assert!(
        refusal.starts_with("SUBSCRIPTION_URL must be set"),
        "{refusal}"
    );
}

#[test]
fn another_address_than_loopback_requires_auth() {
    assert!(refusal(Mode::Dev, &[("HOST", "0.0.0.0")]).starts_with("AUTH must be set"));
    assert!(load(Mode::Dev, &[("HOST", "0.0.0.0"), ("AUTH", "off")]).is_ok());
    assert!(load(Mode::Dev, &[("HOST", "127.0.0.2")]).is_ok());
    assert!(load(Mode::Dev, &[("HOST", "::1")]).is_ok());
}

#[test]
fn a_bad_value_is_refused_in_one_line_that_names_the_setting_and_hides_the_value() {
    for (name, value) in [
        ("AUTH", "jwt"),
        ("BOOKING_FEE", "150"),
        ("BOOKING_FEE", "JPY:1.5"),
        ("BOOKING_FEE", "USD:-1"),
        ("CAPTURE_MARGIN", "soon"),
        ("CORS_ORIGINS", "shop.example"),
        ("COMPENSATION_ATTEMPTS", "0"),
        ("DATA_KEY", "c2hvcnQ="),
        ("DELIVERY_ATTEMPTS", "many"),
        ("GRPC_PORT", "65536"),
        ("HOLD_DURATION", "999ms"),
        ("HOST", "example.com"),
        ("HTTP_PORT", "http"),
        ("IDEMPOTENCY_REQUIRED", "yes"),
        ("IDEMPOTENCY_TTL", "0s"),
        ("INVENTORY_URL", "inventory:9100"),
        ("LEASE", "999ms"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("PAYMENT_URL", "http://user:hunter2@payment"),
        ("POSTGRES_CONNECTIONS", "11"),
        ("POSTGRES_URL", "mysql://u:hunter2@db/orders"),
        ("POSTGRES_URL", "hunter2"),
        ("POSTGRES_URL", "postgres://u:12/hunter2@db/orders"),
        ("REDIS_ADDR", "redis://:12/hunter2@cache"),
        ("REDIS_ADDR", "redis-without-a-port"),
        ("REDIS_ADDR", "host:port"),
        ("REDIS_ADDR", "redis://"),
        ("RUST_LOG", "a=b=c"),
        ("RUST_LOG", "inof"),
        ("SANDBOX_PORT", "-1"),
        ("STEP_ATTEMPTS", "1.5"),
        ("STEP_DEADLINE", "10"),
        ("TAX_BPS", "10001"),
        ("WATCHERS_MAX", "0"),
        ("WEBHOOK_SECRET", "hunter2hunter2"),
    ] {
        let refusal = refusal(Mode::Dev, &[(name, value)]);
        assert!(
            refusal.starts_with(&format!("{name} must be ")),
            "{refusal}"
        );
        assert!(
            !refusal.contains('\n') && !refusal.contains("hunter2"),
            "{refusal}"
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    let set = [
        ("POSTGRES_URL", "postgres://u:hunter2@db/orders"),
        ("REDIS_ADDR", "redis://:hunter2@cache"),
        ("DATA_KEY", KEY),
    ];
    let shown = format!("{:?}", load(Mode::Dev, &set).expect("it is right"));
    assert!(
        !shown.contains("hunter2") && !shown.contains(KEY),
        "{shown}"
    );
}

#[test]
fn no_file_is_written_when_a_setting_is_wrong() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let below = dir.path().join("data");
    let set = [
        ("DATA_DIR", below.to_str().expect("it is text")),
        ("TAX_BPS", "x"),
    ];
    load(Mode::Dev, &set).expect_err("it is refused");
    assert!(!below.exists());
}

#[test]
fn every_fault_is_reported_at_once_and_each_setting_once() {
    let set = [
        ("HOST", "0.0.0.0"),
        ("LEASE", "1ms"),
        ("INVENTORY_URL", "inventory"),
        ("PAYMENT_URL", "http://payment:1"),
        ("DATA_KEY", "hunter2"),
    ];
    let faults = load(Mode::Serve, &set).expect_err("it is refused");
    let names: Vec<&str> = faults.iter().map(|fault| fault.setting.as_str()).collect();
    assert_eq!(
        names,
        [
            "INVENTORY_URL",
            "DATA_KEY",
            "LEASE",
            "AUTH",
            "NOTIFICATION_URL",
            "SUBSCRIPTION_URL"
        ]
    );
}

#[test]
fn a_secret_comes_from_a_file() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), format!("{KEY}\n")).expect("it is written");
    let path = file.path().to_str().expect("UTF-8");
    let config = load(Mode::Dev, &[("DATA_KEY_FILE", path)]).expect("it is right");
    assert_eq!(config.data_key.reveal(), KEY);
    let both = refusal(Mode::Dev, &[("DATA_KEY_FILE", path), ("DATA_KEY", KEY)]);
    assert_eq!(
        both,
        "DATA_KEY and DATA_KEY_FILE are both set: keep one of them"
    );
    for name in ["WEBHOOK_SECRET", "POSTGRES_URL", "REDIS_ADDR"] {
        let refusal = refusal(Mode::Dev, &[(&format!("{name}_FILE"), "/nowhere/secret")]);
        assert!(
            refusal.starts_with(&format!("{name}_FILE must name ")),
            "{refusal}"
        );
    }
}

#[test]
fn a_kept_secret_that_was_damaged_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("data.key"), "hunter2").expect("it is written");
    let path = dir.path().to_str().expect("UTF-8");
    let refusal = refusal(Mode::Dev, &[("DATA_DIR", path)]);
    assert!(
        refusal.starts_with("DATA_KEY must be 32 bytes"),
        "{refusal}"
    );
}

#[test]
fn the_origins_are_those_that_are_set() {
    let config = load(Mode::Dev, &[("CORS_ORIGINS", "*")]).expect("it is right");
    let expected = Policy::of_listener(config.host, Some(Origins::Any), Hosts::default());
    assert_eq!(config.browsers, expected);
}
