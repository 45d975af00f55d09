//! Protobuf to domain, once. What breaks a rule is reported whole: the proto's own rules and those across fields.

mod books;
mod broken;
mod create_order;
mod queries;
mod scalars;

pub(super) use books::{get_balances, list_ledger_entries};
pub(super) use create_order::create_order;
pub(super) use queries::{get_order, get_saga, list_orders, list_sagas};

#[cfg(test)]
mod tests;
