//! Converts domain types to protobuf.

mod delivery;
mod ledger;
mod order;
mod saga;

use order_proto::google::r#type::Money as MoneyMessage;

use crate::domain::{Money, Timestamp};

pub(super) use delivery::delivery;
pub(super) use ledger::{balance, ledger_entry};
pub(super) use order::order;
pub(super) use saga::saga;

fn money(money: Money) -> MoneyMessage {
    let (units, nanos) = money.to_units();
    MoneyMessage {
        currency_code: money.currency.code().to_owned(),
        units,
        nanos,
    }
}

fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.micros();
    let nanos = micros.rem_euclid(1_000_000) * 1_000;
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(nanos).expect("less than a second of nanos fits 32 bits"),
    }
}

#[cfg(test)]
mod tests;
