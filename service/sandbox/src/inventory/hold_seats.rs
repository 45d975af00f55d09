//! `HoldSeats`: all the seats for one order, or none; or the adoption of a hold that the buyer already has.

use std::collections::BTreeSet;

use order_proto::inventory::v1::{HoldSeatsRequest, HoldSeatsResponse};

use super::{Change, HOLD_INVALID, Hold, InOrder, Inventory, SEATS_UNAVAILABLE, State, seat};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world::World;
use crate::{moment, world};

impl Rpc for HoldSeatsRequest {
    type Answer = HoldSeatsResponse;
    const METHOD: Method = Method::HoldSeats;

    fn call(&self) -> Call<'_> {
        Call::Acts {
            key: &self.idempotency_key,
        }
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn keyless(mut self) -> Self {
        self.idempotency_key.clear();
        self
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<HoldSeatsResponse> {
        let inventory = &world.inventory;
        let order = inventory.order(&self.order_id);
        let made = order
            .hold_id
            .as_ref()
            .and_then(|id| inventory.holds.get(id));
        if let Some(hold) = made {
            return again(self, hold, asked);
        }
        if order.hold_undone {
            let message = "the order was undone before its seats were held";
            return Decision::refused(Refusal::no("UNDONE", message));
        }
        let hold = match self.hold_id.as_str() {
            "" => new(self, inventory, asked),
            _ => adopted(self, inventory, asked),
        };
        match hold {
            Ok(hold) => bind(hold, order),
            Err(refusal) => Decision::refused(refusal),
        }
    }
}

/// The order has had its one hold: the same request is answered with it, any other is refused.
fn again(request: &HoldSeatsRequest, hold: &Hold, asked: Asked) -> Decision<HoldSeatsResponse> {
    if asked.repeated {
        return Decision::stands(hold.held());
    }
    if hold.order_id != request.order_id {
        let message = "another order adopted this order's hold";
        return Decision::refused(Refusal::no(HOLD_INVALID, message));
    }
    if hold.released.is_some() {
        let message = "the order's hold was given back";
        return Decision::refused(Refusal::no("UNDONE", message));
    }
    if hold.content != asked.content {
        let message = "the order already has a hold, made by another request";
        return Decision::refused(Refusal::no("HOLD_EXISTS", message));
    }
    Decision::stands(hold.held())
}

fn new(request: &HoldSeatsRequest, inventory: &Inventory, asked: Asked) -> Result<Hold, Refusal> {
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
                    .holder(&request.event_id, seat_id, asked.now)
                    .is_some()
        })
        .collect();
    if !unavailable.is_empty() {
        let message = format!("not for sale: {}", unavailable.join(", "));
        return Err(Refusal::no(SEATS_UNAVAILABLE, message));
    }
    Ok(Hold {
        hold_id: format!("hold_{}", request.order_id),
        organization_id: request.organization_id.clone(),
        event_id: request.event_id.clone(),
        user_id: request.user_id.clone(),
        order_id: request.order_id.clone(),
        seat_ids: request.seat_ids.clone(),
        made: asked.now,
        expires: asked.now.after(length),
        released: None,
        adopted: false,
        content: asked.content,
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

/// The buyer's hold, bound to the order. Its end stays where it was.
fn adopted(
    request: &HoldSeatsRequest,
    inventory: &Inventory,
    asked: Asked,
) -> Result<Hold, Refusal> {
    let invalid = |message: &str| Refusal::no(HOLD_INVALID, message);
    let hold = inventory
        .holds
        .get(&request.hold_id)
        .ok_or_else(|| invalid("there is no such hold"))?;
    let matches = hold.organization_id == request.organization_id
        && hold.event_id == request.event_id
        && hold.user_id == request.user_id
        && hold.keeps(request.seat_ids.iter().map(String::as_str));
    if !matches {
        return Err(invalid(
            "the hold is for another organization, event, user or other seats",
        ));
    }
    match hold.state(asked.now) {
        State::Held if hold.adopted => Err(invalid("another order adopted the hold")),
        State::Held => Ok(Hold {
            order_id: request.order_id.clone(),
            adopted: true,
            content: asked.content,
            ..hold.clone()
        }),
        State::Booked => Err(invalid("the hold is booked")),
        State::Released => Err(invalid("the hold was given back")),
        State::Expired => Err(invalid("the hold expired")),
    }
}

fn bind(hold: Hold, order: InOrder) -> Decision<HoldSeatsResponse> {
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
    Decision::done(changes, answer)
}
