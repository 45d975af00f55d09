//! Resolves a refund that was settled outside: completed if its seats are free and its money is returned, compensated if
//! neither is. Anything in between is refused; RetrySaga continues.

use crate::domain::{HoldState, Money, SagaState, SeatId};
use crate::plans::refund::Occasion as _;
use crate::plans::refund_order::endings;
use crate::plans::refund_order::payload::{Asking, Payload};
use crate::plans::{refund, seats, settlement};
use crate::saga::{Change, Scene, Settlement, Unreadable};

pub(super) fn resolve(
    scene: &Scene<'_>,
    settlement: &Settlement,
    change: &mut Change,
) -> Result<SagaState, String> {
    settlement::is_alone(scene)?;
    let payload: &Payload = scene.payload().map_err(unreadable)?;
    let end = if is_done(&payload.seat_ids, scene, settlement)? {
        // None named would be all.
        if !payload.seat_ids.is_empty() {
            seats::free(scene, &payload.seat_ids, change);
            refund::settle_nothing(change);
        }
        let goal = Asking::goal(scene).map_err(unreadable)?;
        refund::settled_outside(scene, goal, change).map_err(unreadable)?;
        endings::complete(scene, change).map_err(unreadable)?;
        SagaState::Completed
    } else {
        endings::refused(scene, change).map_err(unreadable)?;
        SagaState::Compensated
    };
    let order = &change.order;
    if let (Some(captured), Some(returned)) = (order.captured, order.returned()) {
        settlement::money_is(settlement, captured, returned)?;
    }
    if order.state != settlement.order_state {
        return Err(format!(
            "this refund leaves the order {}",
            order.state.as_str()
        ));
    }
    Ok(end)
}

/// The seats say whether it was done; where none are named, the money does.
fn is_done(
    seat_ids: &[SeatId],
    scene: &Scene<'_>,
    settlement: &Settlement,
) -> Result<bool, String> {
    if seat_ids.is_empty() {
        let nothing = |money: &Money| money.is_zero();
        let returned = settlement.payment.refunded.filter(|money| !nothing(money));
        let known = scene.order.returned().filter(|money| !nothing(money));
        return Ok(returned != known);
    }
    let hold = &settlement.hold;
    let is_booked = |seat: &&SeatId| match hold.state {
        HoldState::Held | HoldState::Booked => {
            hold.seat_ids.iter().any(|booked| booked == seat.as_str())
        }
        HoldState::None | HoldState::Released | HoldState::Expired => false,
    };
    let (all, booked) = (seat_ids.len(), seat_ids.iter().filter(is_booked).count());
    if booked == 0 || booked == all {
        return Ok(booked == 0);
    }
    Err(format!("{booked} of the {all} seats are booked still"))
}

fn unreadable(what: Unreadable) -> String {
    what.to_string()
}
