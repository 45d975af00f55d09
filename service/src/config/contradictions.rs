//! Settings that are each well formed and contradict each other: such a start would serve and never book, or call itself.

use std::net::IpAddr;

use order_settings::{Fault, Faults};
use order_telemetry::Sampler;
use reqwest::Url;

use super::mode::Mode;
use super::settings::Settings;

/// Adds a fault for each contradiction, to the setting that most likely has to change.
pub(super) fn add(settings: &Settings, mode: Mode, host: IpAddr, faults: &mut Faults) {
    holds(settings, faults);
    ports(settings, mode, host, faults);
    own_addresses(settings, mode, host, faults);
    sampling(settings, faults);
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
        let url = address.as_deref().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| is_own_host(url, host)) else {
            continue;
        };
        let port = url.port_or_known_default();
        if let Some((port_name, ..)) = own.iter().find(|(_, own, _)| Some(*own) == port) {
            let rule = format!("must not be the address of this process itself, by {port_name}");
            faults.add(Fault::new(name, rule));
        }
    }
}

/// Whether this host is the address that the process listens on.
fn is_own_host(url: &Url, host: IpAddr) -> bool {
    let named = url.host_str().unwrap_or_default();
    let named = named.trim_start_matches('[').trim_end_matches(']');
    let ip: Option<IpAddr> = match named {
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        _ => named.parse().ok(),
    };
    ip.is_some_and(|ip| ip == host || (ip.is_loopback() && host.is_unspecified()))
}

fn sampling(settings: &Settings, faults: &mut Faults) {
    let telemetry = &settings.telemetry;
    let takes_a_share = match telemetry.otel_traces_sampler {
        Sampler::TraceIdRatio | Sampler::ParentBasedTraceIdRatio => true,
        Sampler::AlwaysOn
        | Sampler::AlwaysOff
        | Sampler::ParentBasedAlwaysOn
        | Sampler::ParentBasedAlwaysOff => false,
    };
    if telemetry.otel_traces_sampler_arg < 1.0 && !takes_a_share {
        faults.add(Fault::new(
            "OTEL_TRACES_SAMPLER_ARG",
            "has no effect with this OTEL_TRACES_SAMPLER: set a `traceidratio` sampler, or leave the share out",
        ));
    }
}
