//! The settings of logs and traces, the same in every binary.

use clap::{Args, ValueEnum};
use order_settings::value::{self, Refused};
use order_settings::{Fault, Faults};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// What is logged unless RUST_LOG is set: our own crates from `info` on, libraries from `warn` on.
const FILTER: &str =
    "info,h2=warn,hyper=warn,opentelemetry=warn,sea_orm=warn,sqlx=warn,tonic=warn,tower=warn";

/// How a process logs, and where its spans go.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(next_help_heading = "Logs and traces")]
pub struct Settings {
    /// Form of a log line
    ///
    /// Must be `text` or `json`
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Which events are logged
    ///
    /// Must be a filter such as `info` or `info,order_service=debug`, in which every target has a level
    ///
    /// Default: `info`, and `warn` for libraries
    #[arg(long, env = "RUST_LOG")]
    pub rust_log: Option<LogFilter>,
    /// Collector that receives traces over OTLP/gRPC; without it no span is exported
    ///
    /// Must be `http://host:port` or `https://host:port`
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = value::http_address)]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Which traces are exported; `parentbased_` follows the caller's decision where there is a caller
    ///
    /// Must be `always_on`, `always_off`, `traceidratio`, `parentbased_always_on`, `parentbased_always_off` or `parentbased_traceidratio`
    #[arg(long, env = "OTEL_TRACES_SAMPLER", value_enum, default_value_t = Sampler::ParentBasedAlwaysOn)]
    pub otel_traces_sampler: Sampler,
    /// Share of traces that the two `traceidratio` samplers export
    ///
    /// Must be a number from 0.0 to 1.0
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1.0", value_parser = ratio)]
    pub otel_traces_sampler_arg: f64,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line per event, in colour on a terminal.
    Text,
    /// One JSON object per event.
    Json,
}

/// The name of a sampler, as the OpenTelemetry specification defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Sampler {
    AlwaysOn,
    AlwaysOff,
    /// The share that OTEL_TRACES_SAMPLER_ARG gives, by trace id.
    #[value(name = "traceidratio")]
    TraceIdRatio,
    /// As the caller decided; every trace that begins here.
    #[value(name = "parentbased_always_on")]
    ParentBasedAlwaysOn,
    /// As the caller decided; no trace that begins here.
    #[value(name = "parentbased_always_off")]
    ParentBasedAlwaysOff,
    /// As the caller decided; the given share of traces that begin here.
    #[value(name = "parentbased_traceidratio")]
    ParentBasedTraceIdRatio,
}

/// A filter that [`EnvFilter`] accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl std::str::FromStr for LogFilter {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        EnvFilter::try_new(text).map_err(|_| Refused)?;
        if text.contains('[') || text.split(',').all(has_level) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused)
        }
    }
}

/// Whether a directive without spans names a level. [`EnvFilter`] would take a misspelt level for the name of a target,
/// and log nothing.
fn has_level(directive: &str) -> bool {
    let level = directive
        .rsplit_once('=')
        .map_or(directive, |(_, level)| level);
    level.trim().parse::<LevelFilter>().is_ok()
}

impl Settings {
    /// Adds a fault when the share of traces has no effect with the sampler.
    pub fn check(&self, faults: &mut Faults) {
        let takes_a_share = match self.otel_traces_sampler {
            Sampler::TraceIdRatio | Sampler::ParentBasedTraceIdRatio => true,
            Sampler::AlwaysOn
            | Sampler::AlwaysOff
            | Sampler::ParentBasedAlwaysOn
            | Sampler::ParentBasedAlwaysOff => false,
        };
        if self.otel_traces_sampler_arg < 1.0 && !takes_a_share {
            faults.add(Fault::new(
                "OTEL_TRACES_SAMPLER_ARG",
                "has no effect with this OTEL_TRACES_SAMPLER: set a `traceidratio` sampler, or leave the share out",
            ));
        }
    }

    /// Which events are logged.
    pub(crate) fn filter(&self) -> EnvFilter {
        let text = self.rust_log.as_ref().map_or(FILTER, |filter| &filter.0);
        EnvFilter::try_new(text).expect("the text was accepted when it was read")
    }
}

fn ratio(text: &str) -> Result<f64, Refused> {
    let ratio: f64 = text.parse().map_err(|_| Refused)?;
    if (0.0..=1.0).contains(&ratio) {
        Ok(ratio)
    } else {
        Err(Refused)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use order_settings::Source;

    use super::*;

    fn read(set: &[(&str, &str)]) -> (Settings, String) {
        let lookup = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let mut faults = Faults::default();
        let settings = order_settings::read(&Source::new(&lookup), &mut faults);
        (settings, faults.to_string())
    }

    #[test]
    fn nothing_set_is_readable_lines_and_the_callers_sampling() {
        let (settings, faults) = read(&[]);
        assert_eq!(faults, "");
        assert_eq!(settings.log_format, LogFormat::Text);
        assert_eq!(settings.otel_traces_sampler, Sampler::ParentBasedAlwaysOn);
        assert_eq!(settings.otel_exporter_otlp_endpoint, None);
        assert_eq!(settings.filter().to_string().matches("warn").count(), 7);
    }

    #[test]
    fn every_sampler_of_the_specification_is_read_by_its_name() {
        for (name, sampler) in [
            ("always_on", Sampler::AlwaysOn),
            ("always_off", Sampler::AlwaysOff),
            ("traceidratio", Sampler::TraceIdRatio),
            ("parentbased_always_on", Sampler::ParentBasedAlwaysOn),
            ("parentbased_always_off", Sampler::ParentBasedAlwaysOff),
            ("parentbased_traceidratio", Sampler::ParentBasedTraceIdRatio),
        ] {
            let (settings, faults) = read(&[
                ("OTEL_TRACES_SAMPLER", name),
                ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ]);
            assert_eq!(faults, "", "{name}");
            assert_eq!(settings.otel_traces_sampler, sampler);
            assert!((settings.otel_traces_sampler_arg - 0.25).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn a_filter_of_levels_targets_and_spans_is_read() {
        for text in [
            "INFO",
            "off",
            "3",
            "warn,order_service=trace",
            "info,order_service[saga{kind=x}]=debug",
        ] {
            assert_eq!(read(&[("RUST_LOG", text)]).1, "", "{text}");
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_name() {
        for (name, value) in [
            ("LOG_FORMAT", "xml"),
            ("RUST_LOG", "a=b=c"),
            ("RUST_LOG", "inof"),
            ("RUST_LOG", "info,order_service=debgu"),
            ("RUST_LOG", "info,order_service"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
            ("OTEL_TRACES_SAMPLER_ARG", "NaN"),
            ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ] {
            let faults = read(&[(name, value)]).1;
            assert!(faults.starts_with(&format!("{name} must be ")), "{faults}");
            assert!(!faults.contains('\n'), "{faults}");
        }
    }
}
