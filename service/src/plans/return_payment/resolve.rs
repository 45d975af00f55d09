//! Resolves a return that was settled outside; the order's state is unchanged.

use crate::domain::{Money, OrderState, SagaState};
use crate::plans::refund::Goal;
use crate::plans::{refund, settlement, suspense};
use crate::saga::{Change, Scene, Settlement};

pub(super) fn resolve(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::is_alone(scene)?;
    // ResolveSaga cannot name EXPIRED; FAILED stands for it.
    let stays = match change.order.state {
        OrderState::Expired => OrderState::Failed,
        other @ (OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Confirmed
        | OrderState::Failed
        | OrderState::Cancelling
        | OrderState::Cancelled) => other,
    };
    if settlement.order_state != stays {
        let stands = change.order.state.as_str();
        return Err(format!(
            "the order ended {stands}, and stays so: name {}",
            stays.as_str()
        ));
    }
    if stays == OrderState::Confirmed {
        return keep(scene, settlement, change);
    }
    let taken = settlement::nothing_is_left(settlement)?;
    let known = change.order.captured.filter(|known| !known.is_zero());
    match (taken, known) {
        (None, None) => {}
        (Some(taken), None) => found(change, taken, taken),
        (Some(taken), Some(known)) if taken == known => {}
        (Some(taken), Some(known)) => match taken.minus(known) {
            Ok(more) if more.minor > 0 => found(change, taken, more),
            Ok(_) | Err(_) => return Err(less(known)),
        },
        (None, Some(known)) => return Err(less(known)),
    }
    if taken.is_some() {
        let goal = Goal::all_of(scene.order);
        let settled = refund::settled_outside(scene, goal, change);
        settled.map_err(|unreadable| unreadable.to_string())?;
    }
    Ok(SagaState::Completed)
}

/// The order stays booked. What the provider returned and no saga asked for is posted as a refund of the sale.
fn keep(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::seats_are_booked(settlement)?;
    let (captured, known) = (change.order.captured, change.order.returned());
    let (Some(captured), Some(known)) = (captured, known) else {
        return Err("the order knows of no captured amount".to_owned());
    };
    let refunded = settlement.payment.refunded;
    let refunded = refunded.unwrap_or(Money::zero(captured.currency));
    settlement::money_is(settlement, captured, refunded)?;
    match refunded.minus(known) {
        Ok(more) if more.minor > 0 => {
            refund::found_outside(scene, more, change)
                .map_err(|unreadable| unreadable.to_string())?;
        }
        Ok(same) if same.minor == 0 => {}
        Ok(_) | Err(_) => {
            return Err(format!(
                "the order's refunds are {known}, and the payment has less"
            ));
        }
    }
    Ok(SagaState::Completed)
}

/// Posts the capture, so that the return balances.
fn found(change: &mut Change, taken: Money, more: Money) {
    change.order.captured = Some(taken);
    suspense::found(change, more);
}

fn less(known: Money) -> String {
    format!("the payment says that less was captured than the books do: {known}")
}
