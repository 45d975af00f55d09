//! Converts well-known messages and enums to domain values.

use std::time::Duration;

use order_proto::google::r#type::Money as MoneyMessage;
use order_proto::order::v1 as pb;

use crate::domain::{Money, MoneyError, OrderState, SagaState, Timestamp};

/// Nanos of one second.
const NANOS_PER_SECOND: i32 = 1_000_000_000;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds: the range of a protobuf timestamp.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// An amount that is not valid for its currency.
    #[error("{0}")]
    Money(MoneyError),
    #[error("must not be negative")]
    Negative,
    /// A timestamp out of range.
    #[error("must be a timestamp from 0001-01-01 to 9999-12-31")]
    Timestamp,
    /// A duration out of range or negative.
    #[error("must be a duration of 0 s or more")]
    Duration,
}

pub(super) fn money(message: &MoneyMessage) -> Result<Money, Malformed> {
    let currency = message.currency_code.parse().map_err(Malformed::Money)?;
    let money = Money::from_units(message.units, message.nanos, currency);
    let money = money.map_err(Malformed::Money)?;
    if money.minor < 0 {
        return Err(Malformed::Negative);
    }
    Ok(money)
}

pub(super) fn timestamp(message: &prost_types::Timestamp) -> Result<Timestamp, Malformed> {
    let in_range = TIMESTAMP_SECONDS.contains(&message.seconds)
        && (0..NANOS_PER_SECOND).contains(&message.nanos);
    if !in_range {
        return Err(Malformed::Timestamp);
    }
    let micros = message.seconds * 1_000_000 + i64::from(message.nanos / 1_000);
    Ok(Timestamp::from_micros(micros))
}

pub(super) fn duration(message: &prost_types::Duration) -> Result<Duration, Malformed> {
    let seconds = u64::try_from(message.seconds).map_err(|_| Malformed::Duration)?;
    let nanos = u32::try_from(message.nanos).map_err(|_| Malformed::Duration)?;
    if message.nanos >= NANOS_PER_SECOND {
        return Err(Malformed::Duration);
    }
    Ok(Duration::new(seconds, nanos))
}

/// The state of this number; `None` for UNSPECIFIED and unknown numbers, which the protos' rules refuse.
pub(super) fn order_state(number: i32) -> Option<OrderState> {
    match pb::OrderState::try_from(number).ok()? {
        pb::OrderState::Unspecified => None,
        pb::OrderState::Pending => Some(OrderState::Pending),
        pb::OrderState::AwaitingPayment => Some(OrderState::AwaitingPayment),
        pb::OrderState::Confirmed => Some(OrderState::Confirmed),
        pb::OrderState::Failed => Some(OrderState::Failed),
        pb::OrderState::Expired => Some(OrderState::Expired),
        pb::OrderState::Cancelling => Some(OrderState::Cancelling),
        pb::OrderState::Cancelled => Some(OrderState::Cancelled),
    }
}

/// The saga state of this number; `None` as above.
pub(super) fn saga_state(number: i32) -> Option<SagaState> {
    match pb::SagaState::try_from(number).ok()? {
        pb::SagaState::Unspecified => None,
        pb::SagaState::Running => Some(SagaState::Running),
        pb::SagaState::Waiting => Some(SagaState::Waiting),
        pb::SagaState::Compensating => Some(SagaState::Compensating),
        pb::SagaState::Completed => Some(SagaState::Completed),
        pb::SagaState::Compensated => Some(SagaState::Compensated),
        pb::SagaState::NeedsAttention => Some(SagaState::NeedsAttention),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_keeps_microseconds_and_refuses_what_is_none() {
        let at = |seconds, nanos| timestamp(&prost_types::Timestamp { seconds, nanos });
        assert_eq!(at(1, 2_999), Ok(Timestamp::from_micros(1_000_002)));
        assert_eq!(at(-1, 500_000_000), Ok(Timestamp::from_micros(-500_000)));
        for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (i64::MIN, 0)] {
            assert_eq!(at(seconds, nanos), Err(Malformed::Timestamp));
        }
    }

    #[test]
    fn a_duration_is_0_or_more() {
        let span = |seconds, nanos| duration(&prost_types::Duration { seconds, nanos });
        assert_eq!(span(2, 500_000_000), Ok(Duration::from_millis(2_500)));
        for (seconds, nanos) in [(-1, 0), (0, -1), (1, 1_000_000_000)] {
            assert_eq!(span(seconds, nanos), Err(Malformed::Duration));
        }
    }
}
