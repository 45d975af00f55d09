//! Resolves a review that was settled outside: the money of the refund was returned after all, or is not returned. The
//! order's state is unchanged.

use crate::domain::{OrderState, SagaState};
use crate::plans::review_refund::payload::Payload;
use crate::plans::{refund, settlement};
use crate::saga::{Change, Scene, Settlement, Unreadable};

pub(super) fn resolve(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::is_alone(scene)?;
    let payload: &Payload = scene.payload().map_err(unreadable)?;
    // ResolveSaga cannot name EXPIRED or CANCELLING; FAILED and CANCELLED stand for them.
    let stays = match change.order.state {
        OrderState::Expired => OrderState::Failed,
        OrderState::Cancelling => OrderState::Cancelled,
        other @ (OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Confirmed
        | OrderState::Failed
        | OrderState::Cancelled) => other,
    };
    if settlement.order_state != stays {
        let stays = stays.as_str();
        return Err(format!("the order's state does not change: name {stays}"));
    }
    let known = change.order.returned().filter(|money| !money.is_zero());
    let found = settlement.payment.refunded;
    if found.filter(|money| !money.is_zero()) == known {
        refund::give_up(change);
    } else {
        refund::settled_outside(scene, payload.goal(), change).map_err(unreadable)?;
    }
    let order = &change.order;
    let (captured, returned) = (order.captured, order.returned());
    let (Some(captured), Some(returned)) = (captured, returned) else {
        return Err("the order knows of no captured amount".to_owned());
    };
    settlement::money_is(settlement, captured, returned)?;
    let keeps_money = match order.state {
        OrderState::Confirmed | OrderState::Cancelling => true,
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Failed
        | OrderState::Expired
        | OrderState::Cancelled => false,
    };
    if !keeps_money && returned != captured {
        let state = order.state.as_str();
        return Err(format!(
            "{captured} was captured and {returned} returned of an order that is {state}"
        ));
    }
    Ok(SagaState::Completed)
}

fn unreadable(what: Unreadable) -> String {
    what.to_string()
}
