//! The loop of every command on an existing order: a known idempotency key returns what it started; otherwise the command
//! is applied to the current order, and again if the order changed before the commit.

use super::App;
use super::create_order::OrderReply;
use super::until::Until;
use crate::domain::{Claim, Order, OrderId};
use crate::error::Error;

/// Attempts of a command that loses the race against other commits. Each loss means that another commit changed the order.
const TRIES_MAX: u32 = 32;

/// The order of a command, and what the command requires of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) order_id: OrderId,
    /// The etag that the caller requires; `None` for any version.
    pub(super) etag: Option<&'a str>,
    pub(super) claim: Option<&'a Claim>,
}

impl App {
    /// Acts on the order; `act` returns none where the order moved before its commit. Errors: NotFound, KeyReused,
    /// EtagMismatch, Overloaded (the order moved every time), and those of `act`.
    pub(super) async fn act_on_order<Act, Acting>(
        &self,
        target: Target<'_>,
        until: Until,
        mut act: Act,
    ) -> Result<OrderReply, Error>
    where
        Act: FnMut(Order) -> Acting,
        Acting: Future<Output = Result<Option<OrderReply>, Error>>,
    {
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(target.claim).await? {
                return self.found(target.claim, &row, until).await;
            }
            let order = self.get_order(target.order_id).await?;
            if target.etag.is_some_and(|etag| etag != order.etag()) {
                return Err(Error::EtagMismatch);
            }
            if let Some(reply) = Box::pin(act(order)).await? {
                return Ok(reply);
            }
        }
        Err(Error::Overloaded)
    }
}
