//! Tables: what is set, and what comes of it.

use std::collections::BTreeMap;

use super::*;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const PARTICIPANTS: [(&str, &str); 4] = [
    ("INVENTORY_URL", "http://inventory:1"),
    ("PAYMENT_URL", "http://payment:2/"),
    ("NOTIFICATION_URL", "https://notification"),
    ("SUBSCRIPTION_URL", "http://127.0.0.1:4"),
];

/// Loads with these variables, in a folder of its own.
fn load(mode: Mode, set: &[(&str, &str)]) -> Result<Config, Error> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut variables: BTreeMap<String, String> = set
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    variables
        .entry("DATA_DIR".to_owned())
        .or_insert_with(|| dir.path().display().to_string());
    Config::load(mode, &|name| variables.get(name).cloned())
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
    assert!(config.redis_url.is_none() && config.participants.is_none());
    assert!(config.webhook_secret.is_some());
    assert_eq!(config.engine.hold_duration, minutes(15));
    assert_eq!(config.engine.lease, secs(10));
    assert_eq!(config.engine.step_attempts, 5);
    assert_eq!(config.engine.compensation_attempts, 100);
    assert_eq!(config.keys.ttl, minutes(1440));
    assert!(!config.keys.required);
    assert_eq!(config.tariff, Tariff::default());
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
fn with_postgres_redis_is_looked_for_on_this_machine() {
    let config = load(Mode::Dev, &[("POSTGRES_URL", "postgres://u:p@db/orders")]);
    let redis = config.expect("it is right").redis_url.expect("it is set");
    assert_eq!(redis.reveal(), "redis://localhost:6379");
}

#[test]
fn redis_is_named_by_host_and_port_or_by_url() {
    for (set, url) in [
        ("cache:6380", "redis://cache:6380"),
        ("[::1]:6379", "redis://[::1]:6379"),
        ("redis://cache/2", "redis://cache/2"),
        ("rediss://:pw@cache:1", "rediss://:pw@cache:1"),
    ] {
        let config = load(Mode::Dev, &[("REDIS_ADDR", set)]).expect(set);
        assert_eq!(config.redis_url.expect(set).reveal(), url);
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
fn another_address_than_loopback_needs_auth_said_aloud() {
    assert!(refusal(Mode::Dev, &[("HOST", "0.0.0.0")]).starts_with("AUTH must be set"));
    assert!(load(Mode::Dev, &[("HOST", "0.0.0.0"), ("AUTH", "off")]).is_ok());
    assert!(load(Mode::Dev, &[("HOST", "127.0.0.2")]).is_ok());
    assert!(load(Mode::Dev, &[("HOST", "::1")]).is_ok());
}

#[test]
fn a_bad_value_is_refused_in_one_line_that_names_the_setting_and_hides_the_value() {
    for (name, value) in [
        ("AUTH", "jwt"),
        ("BOOKING_FEE_MINOR", "-1"),
        ("CAPTURE_MARGIN", "soon"),
        ("COMPENSATION_ATTEMPTS", "0"),
        ("DATA_KEY", "c2hvcnQ="),
        ("DELIVERY_ATTEMPTS", "many"),
        ("GRPC_PORT", "65536"),
        ("HOLD_DURATION", "0s"),
        ("HOST", "example.com"),
        ("HTTP_PORT", "http"),
        ("IDEMPOTENCY_REQUIRED", "yes"),
        ("IDEMPOTENCY_TTL", "0s"),
        ("INVENTORY_URL", "inventory:9100"),
        ("LEASE", "999ms"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ("PAYMENT_URL", "http://user:hunter2@payment"),
        ("POSTGRES_URL", "mysql://u:hunter2@db/orders"),
        ("POSTGRES_URL", "hunter2"),
        ("REDIS_ADDR", "redis-without-a-port"),
        ("REDIS_ADDR", "host:port"),
        ("REDIS_ADDR", "redis://"),
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
fn secrets_are_not_shown_by_debug() {
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
fn nothing_is_written_when_a_setting_is_wrong() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let below = dir.path().join("data");
    let set = [
        ("DATA_DIR", below.to_str().expect("it is text")),
        ("TAX_BPS", "x"),
    ];
    load(Mode::Dev, &set).expect_err("it is refused");
    assert!(!below.exists());
}
