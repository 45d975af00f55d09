//! Resolves a cancel that was settled outside: CANCELLED if seats and money are returned, CONFIRMED if neither is.

use crate::domain::{OrderState, SagaState, TicketState};
use crate::plans::cancel_order::endings;
use crate::plans::refund::Goal;
use crate::plans::{refund, seats, settlement};
use crate::saga::{Change, Scene, Settlement};

pub(super) fn resolve(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::is_alone(scene)?;
    match settlement.order_state {
        OrderState::Cancelled => cancel(scene, settlement, change),
        OrderState::Confirmed => confirm(scene, settlement, change),
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Failed
        | OrderState::Expired
        | OrderState::Cancelling => {
            Err("a cancel ends CANCELLED, or CONFIRMED as it was before".to_owned())
        }
    }
}

/// The seats are free, and everything captured is back.
fn cancel(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    let returned = settlement::nothing_is_left(settlement)?;
    let booked = change.order.captured.filter(|captured| !captured.is_zero());
    if returned != booked {
        return Err("the payment and the books differ in what was captured".to_owned());
    }
    seats::free(scene, &[], change);
    if booked.is_some() {
        let settled = refund::settled_outside(scene, Goal::Everything, change);
        settled.map_err(|unreadable| unreadable.to_string())?;
    }
    let ended = endings::complete(scene, change);
    ended.map_err(|unreadable| unreadable.to_string())?;
    Ok(SagaState::Completed)
}

/// The booking stands, and of the money nothing has moved since.
fn confirm(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::seats_are_booked(settlement)?;
    let order = &change.order;
    let is_cancelled = |state: TicketState| state == TicketState::Cancelled;
    if order
        .tickets
        .iter()
        .all(|ticket| is_cancelled(ticket.state))
    {
        return Err("the tickets are cancelled, and their sale is reversed".to_owned());
    }
    if let (Some(captured), Some(returned)) = (order.captured, order.returned()) {
        settlement::money_is(settlement, captured, returned)?;
    }
    refund::give_up(change);
    let ended = endings::refused(scene, change);
    ended.map_err(|unreadable| unreadable.to_string())?;
    Ok(SagaState::Compensated)
}
