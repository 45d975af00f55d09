//! Shared by all calls to participants: money and time on the wire, metadata, and the meaning of a status.

use std::time::Duration;

use opentelemetry::propagation::Injector;
use order_proto::google::r#type::Money as WireMoney;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::domain::{Answer, Call, CallError, Money, Timestamp};

/// Longest error text of a participant that is kept, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// What every request carries besides its message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope<'a> {
    /// Empty for a query.
    pub(super) idempotency_key: &'a str,
    pub(super) deadline: Duration,
}

impl Envelope<'_> {
    /// The key as the message's own field.
    pub(super) fn key(self) -> String {
        self.idempotency_key.to_owned()
    }

    /// The message with deadline, key and trace context in its metadata.
    pub(super) fn around<T>(self, message: T) -> Request<T> {
        request(message, self.idempotency_key, self.deadline)
    }
}

/// A query that is answered with NOT_FOUND: what was asked about does not exist.
pub(super) fn absent(status: Status) -> Result<Answer, Status> {
    if status.code() == Code::NotFound {
        Ok(Answer::Absent)
    } else {
        Err(status)
    }
}

/// Error: the participant answered about another object than asked. An id that was not asked for, or that the answer leaves
/// out, names nothing. The outcome of the call is unknown (rule 35).
pub(super) fn names(field: &str, asked: &str, answered: &str) -> Result<(), Status> {
    if asked.is_empty() || answered.is_empty() || asked == answered {
        Ok(())
    } else {
        let message = format!("the answer names another {field} than the request");
        Err(Status::unknown(message))
    }
}

/// The state of a hold, payment or refund is left out, or this binary does not know it: the outcome is unknown (rule 35).
pub(super) fn stateless(what: &str) -> Status {
    Status::unknown(format!(
        "the {what} was answered without a state that is known"
    ))
}

/// A call that was routed to the wrong participant.
pub(super) fn misrouted(call: &Call) -> Status {
    Status::internal(format!(
        "{} was routed to the wrong participant",
        call.rpc()
    ))
}

/// A request with its deadline, its key and the trace context.
pub(super) fn request<T>(message: T, idempotency_key: &str, deadline: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(deadline);
    let metadata = request.metadata_mut();
    if !idempotency_key.is_empty() {
        let value = idempotency_key
            .parse()
            .expect("keys are made of UUIDs and step names");
        metadata.insert("idempotency-key", value);
    }
    let context = tracing::Span::current().context();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut Metadata(metadata));
    });
    request
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        let key = MetadataKey::from_bytes(key.as_bytes());
        if let (Ok(key), Ok(value)) = (key, MetadataValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}

/// The meaning of a status (rule 5): only FAILED_PRECONDITION and INVALID_ARGUMENT refuse, every other code is unknown.
pub(super) fn error(status: Status) -> CallError {
    let message = status.message().chars().filter(|char| !char.is_control());
    let message: String = message.take(MESSAGE_CHARS_MAX).collect();
    if status.code() == Code::FailedPrecondition {
        let reason = status.get_details_error_info().map(|info| info.reason);
        CallError::Refused {
            reason: reason.unwrap_or_default(),
            message,
        }
    } else if status.code() == Code::InvalidArgument {
        CallError::Invalid { message }
    } else {
        CallError::Unknown {
            message: format!("{:?}: {message}", status.code()),
        }
    }
}

pub(super) fn money_to_wire(money: Money) -> WireMoney {
    let (units, nanos) = money.to_units();
    WireMoney {
        currency_code: money.currency.code().to_owned(),
        units,
        nanos,
    }
}

/// `None` if the amount is absent or malformed.
pub(super) fn money_from_wire(money: Option<WireMoney>) -> Option<Money> {
    let money = money?;
    let currency = money.currency_code.parse().ok()?;
    Money::from_units(money.units, money.nanos, currency).ok()
}

/// `None` if the amount is absent. Error: it is malformed, and the outcome of the call is unknown.
pub(super) fn money_answered(
    field: &str,
    money: Option<WireMoney>,
) -> Result<Option<Money>, Status> {
    let malformed = || Status::unknown(format!("the answer's {field} cannot be read"));
    let is_given = money.is_some();
    let read = money_from_wire(money);
    if is_given && read.is_none() {
        return Err(malformed());
    }
    Ok(read)
}

pub(super) fn time_from_wire(time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    let time = time?;
    let micros = time.seconds.checked_mul(1_000_000)?;
    let micros = micros.checked_add(i64::from(time.nanos) / 1_000)?;
    Some(Timestamp::from_micros(micros))
}

pub(super) fn time_to_wire(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.micros().rem_euclid(1_000_000) * 1_000;
    prost_types::Timestamp {
        seconds: time.micros().div_euclid(1_000_000),
        nanos: i32::try_from(nanos).expect("less than a second of nanos fits 32 bits"),
    }
}

pub(super) fn duration_to_wire(span: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(span.subsec_nanos())
            .expect("less than a second of nanos fits 32 bits"),
    }
}
