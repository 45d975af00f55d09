//! Timestamps (RFC 3339) and durations (`1.5s`) as text. Knows no clock.

mod calendar;
mod digits;
mod duration;
mod timestamp;

pub(crate) use duration::{duration, write_duration};
pub(crate) use timestamp::{timestamp, write_timestamp};
