//! Converts protobuf to domain types, and reports every broken rule at once: those of the protos and those across fields.

mod broken;
mod cancel_order;
mod create_order;
mod deliveries;
mod ledger;
mod operate;
mod queries;
mod refund_order;
mod scalars;
mod waiting;
mod webhook;

pub(super) use cancel_order::cancel_order;
pub(super) use create_order::create_order;
pub(super) use deliveries::{list_deliveries, retry_delivery};
pub(super) use ledger::{get_balances, list_ledger_entries};
pub(super) use operate::{compensate_saga, resolve_saga, retry_saga};
pub(super) use queries::{get_order, get_saga, list_orders, list_sagas, watch_order, watch_sagas};
pub(super) use refund_order::refund_order;
pub(super) use waiting::Waiting;
pub(super) use webhook::webhook;

#[cfg(test)]
mod tests;
