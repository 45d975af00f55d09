//! The use cases: one file each, in domain terms. Knows no protobuf, no HTTP and no SQL.

mod act_on_order;
mod await_order;
mod cancel_order;
mod create_order;
mod key;
mod next_saga;
mod operate_saga;
mod read;
mod receive_payment_webhook;
mod refund_order;
mod retry_delivery;
mod until;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::BookingFees;
use crate::engine::Live;
use crate::error::Error;
use crate::store::Store;
use crate::vault::Vault;

pub use create_order::OrderReply;
pub use operate_saga::SagaReply;
pub use watch::Watchers;

/// The use cases over one store and one saga engine. Clones share them.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// The dependencies of the use cases.
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    /// The saga engine that drives orders.
    pub engine: Live,
    pub vault: Vault,
    /// Booking fee and tax of new orders.
    pub booking_fees: BookingFees,
    /// Tax on the subtotal, in basis points.
    pub tax_bps: u32,
    /// How long seats are held.
    pub hold_duration: Duration,
    /// How long idempotency keys are kept.
    pub idempotency_ttl: Duration,
    /// Bounds the number of watchers.
    pub watchers: Watchers,
}

impl App {
    /// The use cases over these dependencies.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// An unreachable database may have applied the write. Every other store error is an internal fault.
fn store_error(error: crate::store::Error) -> Error {
    if error.is_unavailable() {
        Error::StoreUnavailable(Box::new(error))
    } else {
        Error::Internal(Box::new(error))
    }
}
