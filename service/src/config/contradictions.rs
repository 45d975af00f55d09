//! Settings that are each well formed and contradict each other: such a start would serve and never book, or call itself.

use std::net::IpAddr;

use order_settings::{Fault, Faults, value};

use super::mode::Mode;
use super::settings::Settings;

/// Adds a fault for each contradiction, to the setting that most likely has to change.
pub(super) fn add(settings: &Settings, mode: Mode, host: IpAddr, faults: &mut Faults) {
    holds(settings, faults);
    ports(settings, mode, host, faults);
    own_addresses(settings, mode, host, faults);
    settings.telemetry.check(faults);
}

fn holds(settings: &Settings, faults: &mut Faults) {
    let engine = &settings.engine;
    if engine.capture_margin >= engine.hold_duration {
        faults.add(Fault::new(
            "CAPTURE_MARGIN",
            "must be shorter than HOLD_DURATION: otherwise no booking can be confirmed before its hold ends",
        ));
    }
}

/// The ports that this process binds: setting, port, and whether the port is on the address of the sandbox.
fn bound(settings: &Settings, mode: Mode) -> Vec<(&'static str, u16, bool)> {
    let mut bound = vec![("GRPC_PORT", settings.server.grpc_port, false)];
    if mode == Mode::Dev {
        bound.push(("HTTP_PORT", settings.http.http_port, false));
        if settings.addresses.are_unset() {
            bound.push(("SANDBOX_PORT", settings.sandbox.sandbox_port, true));
        }
    }
    bound
}

fn ports(settings: &Settings, mode: Mode, host: IpAddr, faults: &mut Faults) {
    let loopback = IpAddr::from([127, 0, 0, 1]);
    let on_sandbox = host == loopback || host.is_unspecified();
    let bound = bound(settings, mode);
    for (index, (name, port, sandbox)) in bound.iter().enumerate() {
        let earlier = bound[..index].iter().find(|(_, other, other_sandbox)| {
            other == port && (sandbox == other_sandbox || on_sandbox)
        });
        if let Some((other, ..)) = earlier.filter(|_| *port != 0) {
            faults.add(Fault::new(*name, format!("must differ from {other}")));
        }
    }
}

/// Addresses of other services that are this process.
fn own_addresses(settings: &Settings, mode: Mode, host: IpAddr, faults: &mut Faults) {
    let own = bound(settings, mode);
    let collector = &settings.telemetry.otel_exporter_otlp_endpoint;
    let collector = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector)];
    for (name, address) in settings.addresses.by_name().into_iter().chain(collector) {
        let Some(url) = address else {
            continue;
        };
        let found = own
            .iter()
            .find(|(_, port, _)| value::is_own_address(url, host, *port));
        if let Some((port_name, ..)) = found {
            let rule = format!("must not be the address of this process itself, by {port_name}");
            faults.add(Fault::new(name, rule));
        }
    }
}
