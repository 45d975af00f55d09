//! Settings that are each well formed and cannot hold together.

use super::{KEY, load, refusal};
use crate::config::Mode;

const ELSEWHERE: [(&str, &str); 5] = [
    ("INVENTORY_URL", "http://participants:1"),
    ("PAYMENT_URL", "http://participants:2"),
    ("NOTIFICATION_URL", "http://participants:3"),
    ("SUBSCRIPTION_URL", "http://participants:4"),
    ("DATA_KEY", KEY),
];

/// The participants elsewhere, changed by these settings.
fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut set = ELSEWHERE.to_vec();
    set.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    set.extend(changes);
    set
}

#[test]
fn a_margin_as_long_as_the_hold_is_refused() {
    for (margin, hold) in [("20m", "15m"), ("15m", "15m"), ("10s", "10s")] {
        let set = [("CAPTURE_MARGIN", margin), ("HOLD_DURATION", hold)];
        let refusal = refusal(Mode::Dev, &set);
        assert!(
            refusal.starts_with("CAPTURE_MARGIN must be shorter than HOLD_DURATION"),
            "{refusal}"
        );
    }
    // The default margin is 10 s.
    assert!(refusal(Mode::Dev, &[("HOLD_DURATION", "9s")]).starts_with("CAPTURE_MARGIN "));
    let set = [("CAPTURE_MARGIN", "2s"), ("HOLD_DURATION", "9s")];
    assert!(load(Mode::Dev, &set).is_ok());
}

#[test]
fn two_ports_of_one_process_that_are_equal_are_refused() {
    for (set, names) in [
        (
            [("GRPC_PORT", "7"), ("HTTP_PORT", "7")],
            ["HTTP_PORT", "GRPC_PORT"],
        ),
        (
            [("GRPC_PORT", "7"), ("SANDBOX_PORT", "7")],
            ["SANDBOX_PORT", "GRPC_PORT"],
        ),
        (
            [("HTTP_PORT", "7"), ("SANDBOX_PORT", "7")],
            ["SANDBOX_PORT", "HTTP_PORT"],
        ),
    ] {
        let found = refusal(Mode::Dev, &set);
        assert_eq!(found, format!("{} must differ from {}", names[0], names[1]));
        let free = set.map(|(name, _)| (name, "0"));
        assert!(load(Mode::Dev, &free).is_ok(), "0 takes a free one");
    }
    // The sandbox is on another address, or is not embedded, or there is no gateway.
    let apart = [
        ("HOST", "127.0.0.2"),
        ("GRPC_PORT", "7"),
        ("SANDBOX_PORT", "7"),
    ];
    assert!(load(Mode::Dev, &apart).is_ok());
    let set = with(&[("GRPC_PORT", "7"), ("SANDBOX_PORT", "7")]);
    assert!(load(Mode::Dev, &set).is_ok());
    let set = with(&[("GRPC_PORT", "7"), ("HTTP_PORT", "7")]);
    assert!(load(Mode::Serve, &set).is_ok());
}

#[test]
fn an_address_of_another_service_that_is_this_process_is_refused() {
    for (name, address) in [
        ("PAYMENT_URL", "http://127.0.0.1:9084"),
        ("INVENTORY_URL", "http://localhost:9084"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9084"),
    ] {
        let found = refusal(Mode::Serve, &with(&[(name, address)]));
        let begins = format!("{name} must not be the address of this process itself");
        assert!(found.starts_with(&begins), "{found}");
    }
    let gateway = with(&[("PAYMENT_URL", "http://127.0.0.1:8084")]);
    assert!(refusal(Mode::Dev, &gateway).contains("HTTP_PORT"));
    assert!(
        load(Mode::Serve, &gateway).is_ok(),
        "`serve` has no gateway"
    );
    let other = with(&[("PAYMENT_URL", "http://127.0.0.1:9085")]);
    assert!(load(Mode::Serve, &other).is_ok());
}

#[test]
fn a_share_that_the_sampler_ignores_is_refused() {
    for sampler in ["always_on", "parentbased_always_on", "always_off"] {
        let set = [
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        ];
        assert!(refusal(Mode::Dev, &set).starts_with("OTEL_TRACES_SAMPLER_ARG has no effect"));
    }
    let set = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
    ];
    assert!(load(Mode::Dev, &set).is_ok());
}

#[test]
fn the_fee_of_version_0_1_0_is_refused_and_names_its_successor() {
    for value in ["0", "150"] {
        let found = refusal(Mode::Dev, &[("BOOKING_FEE_MINOR", value)]);
        assert!(
            found.starts_with("BOOKING_FEE_MINOR was replaced by BOOKING_FEE"),
            "{found}"
        );
    }
}
