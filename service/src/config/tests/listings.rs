//! What is printed of the settings.

use std::ffi::OsString;

use order_settings::Source;

use crate::config::{Reader, effective, help};

#[test]
fn the_effective_settings_are_printed_without_a_secret_and_without_a_file() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let below = dir.path().join("data");
    let lookup = |name: &str| match name {
        "DATA_DIR" => Some(OsString::from(&below)),
        "POSTGRES_URL" => Some("postgres://u:hunter2@db/orders".into()),
        "LEASE" => Some("3s".into()),
        _ => None,
    };
    let shown = effective(Reader::Dev, &Source::new(&lookup)).expect("it is right");
    for line in [
        "HTTP_PORT=8084  # default",
        "LEASE=3s  # environment",
        "POSTGRES_URL=[secret]  # environment",
        "REDIS_ADDR=localhost:6379  # default",
        "DATA_KEY=  # not set; default: made by `dev` and kept in DATA_DIR; `serve` requires it",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains("hunter2") && !below.exists());
}

#[test]
fn the_help_lists_every_setting() {
    let help = help();
    for name in [
        "DATA_KEY_FILE",
        "OTEL_TRACES_SAMPLER",
        "TAX_BPS",
        "[default: 15m]",
    ] {
        assert!(help.contains(name), "{name}");
    }
}

/// The names that are printed for this reader.
fn printed(reader: Reader) -> Vec<String> {
    let lookup = |name: &str| {
        let address = name.ends_with("_URL") && name != "POSTGRES_URL";
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        match name {
            "DATA_KEY" => Some(key.into()),
            _ => address.then(|| OsString::from("http://127.0.0.1:1")),
        }
    };
    let shown = effective(reader, &Source::new(&lookup)).expect("it is right");
    let names = shown.lines().filter_map(|line| line.split_once('='));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn each_command_prints_only_the_settings_that_it_reads() {
    let all = printed(Reader::Dev);
    let serve = printed(Reader::Serve);
    for name in ["HTTP_PORT", "SANDBOX_PORT"] {
        assert!(all.iter().any(|known| known == name), "{name}");
        assert!(!serve.iter().any(|known| known == name), "{name}");
    }
    assert_eq!(serve.len() + 2, all.len());
    assert!(serve.iter().any(|known| known == "CORS_ORIGINS"));
    let migrate = ["DATA_DIR", "POSTGRES_URL", "POSTGRES_CONNECTIONS"];
    assert_eq!(printed(Reader::Migrate), migrate);
    let audit = printed(Reader::Audit);
    assert_eq!(audit[..3], migrate);
    assert_eq!(audit.len(), 8, "{audit:?}");
    let sandbox = printed(Reader::Sandbox);
    assert_eq!(sandbox[..3], ["HOST", "AUTH", "WEBHOOK_SECRET"]);
    for other in ["LEASE", "ALLOWED_HOSTS"] {
        assert!(!sandbox.iter().any(|name| name == other), "{sandbox:?}");
    }
    assert_eq!(printed(Reader::Embedded(&["LEASE"])), ["LEASE"]);
}

#[test]
fn a_fault_of_a_setting_that_the_command_does_not_read_is_not_its_fault() {
    let lookup = |name: &str| (name == "LEASE").then(|| OsString::from("1ms"));
    let source = Source::new(&lookup);
    assert!(effective(Reader::Migrate, &source).is_ok());
    let faults = effective(Reader::Dev, &source).expect_err("it is refused");
    assert!(faults.to_string().starts_with("LEASE must be "), "{faults}");
}
