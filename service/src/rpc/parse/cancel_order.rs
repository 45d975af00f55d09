//! `CancelOrderRequest` to a command.

use order_proto::order::v1::CancelOrderRequest;

use super::broken::Broken;
use super::scalars;
use super::waiting::Waiting;
use crate::domain::CancelOrder;
use crate::error::Error;

pub(in crate::rpc) fn cancel_order(
    message: CancelOrderRequest,
) -> Result<Waiting<CancelOrder>, Error> {
    let mut broken = Broken::of(&message)?;
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
    Ok(Waiting {
        command: CancelOrder {
            order_id,
            reason: message.reason,
            etag: Some(message.etag).filter(|etag| !etag.is_empty()),
            claim: None,
            actor: String::new(),
        },
        wait,
    })
}
