//! `RefundOrderRequest` to a command.

use std::collections::BTreeSet;

use order_proto::google::r#type::Money as MoneyMessage;
use order_proto::order::v1::RefundOrderRequest;

use super::broken::Broken;
use super::scalars;
use super::waiting::Waiting;
use crate::domain::{Money, RefundOrder, SeatId};
use crate::error::Error;

pub(in crate::rpc) fn refund_order(
    message: RefundOrderRequest,
) -> Result<Waiting<RefundOrder>, Error> {
    let mut broken = Broken::of(&message)?;
    if message.reason.contains('\0') {
        broken.add("reason", "must not contain the character NUL");
    }
    let order_id = broken.keep("orderId", message.order_id.parse());
    let amount = message.amount.and_then(|money| amount(&money, &mut broken));
    let seat_ids = seat_ids(message.seat_ids, &mut broken);
    let wait = message
        .wait
        .and_then(|wait| broken.keep("wait", scalars::duration(&wait)));
    let Some(order_id) = order_id else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(Waiting {
        command: RefundOrder {
            order_id,
            amount,
            seat_ids,
            reason: message.reason,
            etag: Some(message.etag).filter(|etag| !etag.is_empty()),
            claim: None,
            actor: String::new(),
        },
        wait,
    })
}

fn amount(message: &MoneyMessage, broken: &mut Broken) -> Option<Money> {
    let amount = broken.keep("amount", scalars::money(message))?;
    if amount.is_zero() {
        broken.add("amount", "must be more than zero");
    }
    Some(amount)
}

/// The valid seats; a repeated seat is a violation.
fn seat_ids(texts: Vec<String>, broken: &mut Broken) -> Vec<SeatId> {
    let mut named = BTreeSet::new();
    let mut seat_ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.into_iter().enumerate() {
        let field = format!("seatIds[{index}]");
        if !text.is_empty() && !named.insert(text.clone()) {
            broken.add(&*field, "must not name a seat twice");
        }
        seat_ids.extend(broken.keep(&field, text.try_into()));
    }
    seat_ids
}
