//! The process's settings, read once from the environment before anything starts. Binds nothing.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};

use order_gateway::Config;
use order_gateway::cors::Origins;

const HTTP_PORT: u16 = 8084;
const HOST: &str = "127.0.0.1";
const ORDER_SERVICE_URL: &str = "http://127.0.0.1:9084";

/// All of them, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) gateway: Config,
    /// Unless it says, the gateway decides.
    pub(crate) origins: Option<Origins>,
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub(crate) struct Refused {
    name: &'static str,
    why: String,
}

impl Settings {
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Refused> {
        let text = |name: &'static str| match variable(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value).filter(|value| !value.is_empty())),
            Some(Err(_)) => refuse(name, "is not UTF-8".to_owned()),
        };
        let port = match text("HTTP_PORT")? {
            None => HTTP_PORT,
            Some(value) => value.parse().or_else(|_| {
                refuse("HTTP_PORT", format!("`{value}` is not a port (0 to 65535)"))
            })?,
        };
        let host = text("HOST")?.unwrap_or_else(|| HOST.to_owned());
        let host: IpAddr = match host.as_str() {
            "localhost" => IpAddr::from([127, 0, 0, 1]),
            address => address
                .parse()
                .or_else(|_| refuse("HOST", format!("`{address}` is not an IP address")))?,
        };
        match text("AUTH")?.as_deref() {
            Some("off") => {}
            None if host.is_loopback() => {}
            None => {
                return refuse(
                    "AUTH",
                    format!("must be set (`off` says it aloud) when HOST is {host}"),
                );
            }
            Some(other) => return refuse("AUTH", format!("`{other}` is not `off`")),
        }
        let service_url =
            text("ORDER_SERVICE_URL")?.unwrap_or_else(|| ORDER_SERVICE_URL.to_owned());
        order_gateway::check_service_url(&service_url)
            .or_else(|error| refuse("ORDER_SERVICE_URL", error.to_string()))?;
        let origins = text("CORS_ORIGINS")?
            .map(|value| value.parse::<Origins>())
            .transpose()
            .or_else(|error| refuse("CORS_ORIGINS", error.to_string()))?;
        Ok(Self {
            gateway: Config {
                listen: SocketAddr::new(host, port),
                service_url,
            },
            origins,
        })
    }
}

fn refuse<T>(name: &'static str, why: String) -> Result<T, Refused> {
    Err(Refused { name, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
        .map_err(|refused| refused.to_string())
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
            ("CORS_ORIGINS", "shop.example"),
            ("CORS_ORIGINS", "https://shop.example/"),
            ("CORS_ORIGINS", "https://shop.example,"),
        ] {
            let refused = read(&[(name, value)]).expect_err(value);
            assert!(refused.starts_with(&format!("{name}: ")), "{refused}");
        }
    }

    #[test]
    fn origins_are_the_gateways_choice_unless_they_are_said() {
        let origins = |pairs| read(pairs).expect("it is well formed").origins;
        assert_eq!(origins(&[]), None);
        assert_eq!(origins(&[("CORS_ORIGINS", "*")]), Some(Origins::Anybody));
    }

    #[test]
    fn an_open_address_needs_auth_said_aloud() {
        let refused = read(&[("HOST", "0.0.0.0")]).expect_err("AUTH is missing");
        assert!(refused.starts_with("AUTH: "), "{refused}");
        read(&[("HOST", "0.0.0.0"), ("AUTH", "off")]).expect("said aloud");
        read(&[("HOST", "::1")]).expect("loopback");
    }
}
