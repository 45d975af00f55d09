//! `CancelOrderRequest` to a wish.

use std::time::Duration;

use order_proto::order::v1::CancelOrderRequest;

use super::broken::Broken;
use super::scalars;
use crate::domain::CancelOrder as Wish;
use crate::error::Error;

/// What a request to cancel asks for.
#[derive(Debug)]
pub(in crate::rpc) struct CancelOrder {
    /// The cancel; its key and its caller are not the message's to say.
    pub(in crate::rpc) wish: Wish,
    /// How long to wait for it, where it says.
    pub(in crate::rpc) wait: Option<Duration>,
}

pub(in crate::rpc) fn cancel_order(message: CancelOrderRequest) -> Result<CancelOrder, Error> {
    let mut broken = Broken::of(&message);
    if message.reason.contains('\0') {
        broken.add("reason", "must not contain the character NUL");
    }
    let order_id = broken.keep("orderId", message.order_id.parse());
    let wait = message
        .wait
        .and_then(|wait| broken.keep("wait", scalars::duration(&wait)));
    let Some(order_id) = order_id else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(CancelOrder {
        wish: Wish {
            order_id,
            reason: message.reason,
            etag: Some(message.etag).filter(|etag| !etag.is_empty()),
            claim: None,
            actor: String::new(),
        },
        wait,
    })
}
