//! The shape of every command on an existing order: a known idempotency key is answered with what it began; else the
//! command is judged by the order as it is, and again where the order moved meanwhile.

use std::time::Duration;

use super::App;
use super::create_order::OrderReply;
use crate::domain::{Claim, Order, OrderId};
use crate::error::Error;

/// How often a command is judged anew that lost to the order's own progress. Each loss is a commit that moved the order.
const TRIES_MAX: u32 = 32;

/// The order of a command, and what the command requires of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) order_id: OrderId,
    /// The version that the caller saw; none where any will do.
    pub(super) etag: Option<&'a str>,
    pub(super) claim: Option<&'a Claim>,
}

impl App {
    /// Acts on the order; `act` returns none where the order moved before its commit. Errors: NotFound, KeyReused,
    /// EtagMismatch, Overloaded (the order moved every time), and those of `act`.
    pub(super) async fn act_on_order<Act, Acting>(
        &self,
        target: Target<'_>,
        wait: Duration,
        mut act: Act,
    ) -> Result<OrderReply, Error>
    where
        Act: FnMut(Order) -> Acting,
        Acting: Future<Output = Result<Option<OrderReply>, Error>>,
    {
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(target.claim).await? {
                return self.found(target.claim, &row, wait).await;
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
