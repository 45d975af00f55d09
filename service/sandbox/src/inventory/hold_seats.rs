//! `HoldSeats`: holds all the requested seats for one order, or none; or adopts a hold that the buyer already has.

use std::collections::BTreeSet;

use order_proto::inventory::v1::{HoldSeatsRequest, HoldSeatsResponse};

use super::{Change, HOLD_INVALID, Hold, InOrder, Inventory, SEATS_UNAVAILABLE, State, seat};
use crate::rpc::{Attempt, Decision, Existing, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::moment;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

impl OrderCommand for HoldSeatsRequest {
    type Answer = HoldSeatsResponse;
    type Record<'w> = (&'w Inventory, InOrder);
    const METHOD: Method = Method::HoldSeats;

    fn find<'w>(
        &self,
        world: &'w World,
    ) -> Result<Found<Self::Record<'w>, HoldSeatsResponse>, Refusal> {
        let inventory = &world.inventory;
        let order = inventory.order(&self.order_id);
        let hold_id = order.hold_id.as_ref();
        Ok(match hold_id.and_then(|id| inventory.holds.get(id)) {
            Some(hold) => Found::Exists(existing(self, hold)),
            None if order.hold_undone => {
                Found::Undone("the order was undone before its seats were held")
            }
            None => Found::Ready((inventory, order)),
        })
    }

    fn act(
        &self,
        (inventory, order): Self::Record<'_>,
        attempt: Attempt,
    ) -> Result<Decision<HoldSeatsResponse>, Refusal> {
        let hold = match self.hold_id.as_str() {
            "" => new_hold(self, inventory, attempt)?,
            _ => adopted_hold(self, inventory, attempt)?,
        };
        Ok(bind(hold, order))
    }
}

/// Holds the seats under an order's id that no order has.
pub(super) fn without_order(
    request: &HoldSeatsRequest,
    inventory: &Inventory,
    attempt: Attempt,
) -> Result<(Vec<world::Change>, HoldSeatsResponse), Refusal> {
    let hold = new_hold(request, inventory, attempt)?;
    Ok(bound(hold, InOrder::default()))
}

/// The hold that the order made or adopted before.
fn existing(request: &HoldSeatsRequest, hold: &Hold) -> Existing<HoldSeatsResponse> {
    let unusable = if hold.order_id != request.order_id {
        let message = "another order adopted this order's hold";
        Some(Refusal::failed_precondition(HOLD_INVALID, message))
    } else if hold.released.is_some() {
        Some(Refusal::undone("the order's hold was given back"))
    } else {
        None
    };
    Existing {
        content: hold.content,
        answer: hold.held(),
        unusable,
        different: Refusal::failed_precondition(
            "HOLD_EXISTS",
            "the order already has a hold, made by another request",
        ),
    }
}

fn new_hold(
    request: &HoldSeatsRequest,
    inventory: &Inventory,
    attempt: Attempt,
) -> Result<Hold, Refusal> {
    let named = [
        &request.organization_id,
        &request.event_id,
        &request.user_id,
    ];
    if named.iter().any(|id| id.is_empty()) {
        let message = "a hold names its organization, its event and its user";
        return Err(Refusal::incomplete(message));
    }
    check_seats(request)?;
    let length = moment::length(request.hold_duration.as_ref())
        .ok_or_else(|| Refusal::incomplete("hold_duration must be above 0"))?;
    let unavailable: Vec<&str> = request
        .seat_ids
        .iter()
        .map(String::as_str)
        .filter(|seat_id| {
            !seat::exists(&request.event_id, seat_id)
                || inventory
                    .holder(&request.event_id, seat_id, attempt.now)
                    .is_some()
        })
        .collect();
    if !unavailable.is_empty() {
        let message = format!("not for sale: {}", unavailable.join(", "));
        return Err(Refusal::failed_precondition(SEATS_UNAVAILABLE, message));
    }
    Ok(Hold {
        hold_id: format!("hold_{}", request.order_id),
        organization_id: request.organization_id.clone(),
        event_id: request.event_id.clone(),
        user_id: request.user_id.clone(),
        order_id: request.order_id.clone(),
        seat_ids: request.seat_ids.clone(),
        made: attempt.now,
        expires: attempt.now.after(length),
        released: None,
        adopted: false,
        content: attempt.content,
        booking: None,
    })
}

fn check_seats(request: &HoldSeatsRequest) -> Result<(), Refusal> {
    if request.seat_ids.is_empty() {
        return Err(Refusal::incomplete("a hold names its seats"));
    }
    let seats: BTreeSet<&String> = request.seat_ids.iter().collect();
    if seats.len() < request.seat_ids.len() {
        return Err(Refusal::incomplete("a seat is named twice"));
    }
    Ok(())
}

/// The buyer's hold, bound to the order. Adopting does not change when it expires.
fn adopted_hold(
    request: &HoldSeatsRequest,
    inventory: &Inventory,
    attempt: Attempt,
) -> Result<Hold, Refusal> {
    let invalid = |message: &str| Refusal::failed_precondition(HOLD_INVALID, message);
    let hold = inventory
        .holds
        .get(&request.hold_id)
        .ok_or_else(|| invalid("there is no such hold"))?;
    let matches = hold.organization_id == request.organization_id
        && hold.event_id == request.event_id
        && hold.user_id == request.user_id
        && hold.has_exactly(request.seat_ids.iter().map(String::as_str));
    if !matches {
        return Err(invalid(
            "the hold is for another organization, event, user or other seats",
        ));
    }
    match hold.state(attempt.now) {
        State::Held if hold.adopted => Err(invalid("another order adopted the hold")),
        State::Held => Ok(Hold {
            order_id: request.order_id.clone(),
            adopted: true,
            content: attempt.content,
            ..hold.clone()
        }),
        State::Booked => Err(invalid("the hold is booked")),
        State::Released => Err(invalid("the hold was given back")),
        State::Expired => Err(invalid("the hold expired")),
    }
}

fn bind(hold: Hold, order: InOrder) -> Decision<HoldSeatsResponse> {
    let (changes, answer) = bound(hold, order);
    Decision::done(changes, answer)
}

fn bound(hold: Hold, order: InOrder) -> (Vec<world::Change>, HoldSeatsResponse) {
    let answer = hold.held();
    let order = Change::Order {
        order_id: hold.order_id.clone(),
        order: InOrder {
            hold_id: Some(hold.hold_id.clone()),
            ..order
        },
    };
    let changes = vec![
        world::Change::Inventory(order),
        world::Change::Inventory(Change::Hold(hold)),
    ];
    (changes, answer)
}
