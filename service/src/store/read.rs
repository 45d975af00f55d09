//! Reads for clients, operators and `audit`: single rows, and pages, newest first.

mod deliveries;
mod ledger;
mod order_records;
mod orders;
mod page;
mod references;
mod saga_versions;
mod sagas;

pub use order_records::{OrderRecords, UnreadableOrder};
pub use references::{OrderReference, Table};
pub use saga_versions::SagaVersion;
