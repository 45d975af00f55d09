//! The settings of the gateway as a process, read once before anything starts. Binds nothing.

use std::net::SocketAddr;

use clap::Args;
use order_gateway::Config;
use order_gateway::browser::Policy;
use order_settings::value::Refused;
use order_settings::{Faults, Host, Http, Source};

/// Every setting of the gateway.
#[derive(Debug, Args)]
#[group(skip)]
struct Variables {
    #[command(flatten)]
    host: Host,
    #[command(flatten)]
    http: Http,
    #[command(flatten)]
    upstream: Upstream,
    #[command(flatten)]
    telemetry: order_telemetry::Settings,
}

#[derive(Debug, Args)]
#[group(id = "upstream")]
#[command(next_help_heading = "Upstream")]
struct Upstream {
    /// Order service that receives the calls
    ///
    /// Must be `http://host:port` or `https://host:port`
    #[arg(long, env = "ORDER_SERVICE_URL", default_value = "http://127.0.0.1:9084", value_parser = service_url)]
    order_service_url: String,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) gateway: Config,
    pub(crate) browsers: Policy,
    pub(crate) telemetry: order_telemetry::Settings,
}

impl Settings {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// Every fault at once.
    pub(crate) fn read(source: &Source<'_>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let variables: Variables = order_settings::read(source, &mut faults);
        let host = variables.host.address(&mut faults);
        let origins = variables.http.origins(&mut faults);
        let hosts = variables.host.allowed_hosts(&mut faults);
        faults.into_result()?;
        Ok(Self {
            gateway: Config {
                listen: SocketAddr::new(host, variables.http.http_port),
                service_url: variables.upstream.order_service_url,
            },
            browsers: Policy::of_listener(host, origins, hosts.unwrap_or_default()),
            telemetry: variables.telemetry,
        })
    }
}

/// Every setting with its meaning, rule and default, for `--help`.
pub(crate) fn help() -> String {
    order_settings::help::<Variables>()
}

/// Every setting as Markdown tables, for `docs/settings.md`.
pub(crate) fn markdown() -> String {
    order_settings::markdown::<Variables>()
}

/// The settings that hold, one line each, secrets redacted.
///
/// # Errors
/// Every fault at once.
pub(crate) fn effective(source: &Source<'_>) -> Result<String, Faults> {
    Settings::read(source)?;
    let mut faults = Faults::default();
    let derived = |name: &str| (name == "AUTH").then(|| "off".to_owned());
    let text = order_settings::effective::<Variables>(source, |_| true, derived, &mut faults);
    faults.into_result()?;
    Ok(text)
}

fn service_url(text: &str) -> Result<String, Refused> {
    match order_gateway::check_service_url(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(_) => Err(Refused),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use order_gateway::browser::{Hosts, Origins};

    use super::*;

    fn with<T>(pairs: &[(&str, &str)], run: impl Fn(&Source<'_>) -> T) -> T {
        run(&Source::new(&|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        }))
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        with(pairs, Settings::read).map_err(|faults| faults.to_string())
    }

    #[test]
    fn nothing_set_is_loopback_on_8084() {
        let settings = read(&[]).expect("the defaults are good");
        assert_eq!(settings.gateway.listen.to_string(), "127.0.0.1:8084");
        assert_eq!(settings.gateway.service_url, "http://127.0.0.1:9084");
    }

    #[test]
    fn a_malformed_setting_is_named() {
        for (name, value) in [
            ("HTTP_PORT", "http"),
            ("HTTP_PORT", "70000"),
            ("HOST", "all"),
            ("AUTH", "on"),
            ("ORDER_SERVICE_URL", "127.0.0.1:9084"),
            ("ORDER_SERVICE_URL", "ftp://127.0.0.1"),
            ("ORDER_SERVICE_URL", "http://user:password@127.0.0.1:1"),
            ("CORS_ORIGINS", "shop.example"),
            ("CORS_ORIGINS", "https://shop.example/"),
            ("CORS_ORIGINS", "https://shop.example,"),
            ("ALLOWED_HOSTS", "shop.example:80"),
            ("LOG_FORMAT", "xml"),
            ("RUST_LOG", "a=b=c"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
        ] {
            let refused = read(&[(name, value)]).expect_err(value);
            assert!(
                refused.starts_with(&format!("{name} must be ")),
                "{refused}"
            );
        }
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let refused = read(&[("HTTP_PORT", "http"), ("LOG_FORMAT", "xml")]);
        let refused = refused.expect_err("both are malformed");
        assert_eq!(refused.lines().count(), 2, "{refused}");
    }

    #[test]
    fn the_pages_that_may_use_the_gateway_follow_from_the_settings() {
        let browsers = |pairs| read(pairs).expect("it is well formed").browsers;
        let local = std::net::Ipv4Addr::LOCALHOST.into();
        let hosts: Hosts = "shop.example".parse().expect("a host name");
        let default = Policy::of_listener(local, None, Hosts::default());
        assert_eq!(browsers(&[]), default);
        let set = Policy::of_listener(local, Some(Origins::Any), hosts);
        let pairs = &[("CORS_ORIGINS", "*"), ("ALLOWED_HOSTS", "shop.example")];
        assert_eq!(browsers(pairs), set);
    }

    #[test]
    fn an_open_address_requires_auth() {
        let refused = read(&[("HOST", "0.0.0.0")]).expect_err("AUTH is missing");
        assert!(refused.starts_with("AUTH must be set"), "{refused}");
        read(&[("HOST", "0.0.0.0"), ("AUTH", "off")]).expect("AUTH is set");
        read(&[("HOST", "::1")]).expect("loopback");
    }

    #[test]
    fn the_effective_settings_are_those_that_are_read() {
        let shown = with(&[("HTTP_PORT", "0")], effective).expect("it is right");
        assert!(shown.contains("HTTP_PORT=0  # environment\n"), "{shown}");
        assert!(with(&[("HTTP_PORT", "x")], effective).is_err());
    }
}
