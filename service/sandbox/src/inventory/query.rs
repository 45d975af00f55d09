//! `GetHold` and `GetSeatMap`: read only.

use order_proto::inventory::v1::{
    self as wire, GetHoldRequest, GetSeatMapRequest, GetSeatMapResponse, HoldState, Seat, SeatState,
};

use super::{Inventory, State, seat};
use crate::rpc::{Attempt, Decision, Kind, Rpc};
use crate::value::method::Method;
use crate::value::moment::Moment;
use crate::value::refusal::Refusal;
use crate::world::World;

impl Rpc for GetHoldRequest {
    type Answer = wire::Hold;
    const METHOD: Method = Method::GetHold;

    fn kind(&self) -> Kind<'_> {
        Kind::Query
    }

    fn order_id(&self) -> &str {
        &self.order_id
    }

    fn decide(&self, world: &World, attempt: Attempt) -> Decision<wire::Hold> {
        Decision::query(hold(self, &world.inventory, attempt.now))
    }
}

/// Looks a hold up by its order, by its id, or by both. The mark of an early ReleaseHold is shown as a released hold without
/// an id.
fn hold(
    request: &GetHoldRequest,
    inventory: &Inventory,
    now: Moment,
) -> Result<wire::Hold, Refusal> {
    let found = if request.order_id.is_empty() {
        inventory.holds.get(&request.hold_id)
    } else {
        inventory.bound(&request.order_id, &request.hold_id)
    };
    if let Some(hold) = found {
        return Ok(hold.wire(now));
    }
    if inventory.order(&request.order_id).hold_undone {
        return Ok(wire::Hold {
            order_id: request.order_id.clone(),
            state: HoldState::Released.into(),
            ..wire::Hold::default()
        });
    }
    Err(Refusal::not_found(
        "HOLD_NOT_FOUND",
        "there is no such hold",
    ))
}

impl Rpc for GetSeatMapRequest {
    type Answer = GetSeatMapResponse;
    const METHOD: Method = Method::GetSeatMap;

    fn kind(&self) -> Kind<'_> {
        Kind::Query
    }

    fn order_id(&self) -> &str {
        ""
    }

    fn decide(&self, world: &World, attempt: Attempt) -> Decision<GetSeatMapResponse> {
        let seats = seat_map(&self.event_id, &world.inventory, attempt.now);
        Decision::query(Ok(GetSeatMapResponse { seats }))
    }
}

/// All seats of the hall; of a general admission event, the seats that were ever held.
fn seat_map(event_id: &str, inventory: &Inventory, now: Moment) -> Vec<Seat> {
    let seat_ids: Vec<String> = if seat::accepts_any(event_id) {
        let known = inventory.seats.get(event_id);
        known
            .into_iter()
            .flatten()
            .map(|(id, _)| id.clone())
            .collect()
    } else {
        seat::hall().collect()
    };
    let price = seat::price(event_id).wire();
    seat_ids
        .into_iter()
        .map(|seat_id| {
            let holder = inventory.holder(event_id, &seat_id, now);
            let state = match holder.map(|hold| hold.state(now)) {
                Some(State::Held) => SeatState::Held,
                Some(State::Booked) => SeatState::Booked,
                Some(State::Released | State::Expired) | None => SeatState::Free,
            };
            Seat {
                seat_label: seat::label(event_id, &seat_id),
                state: state.into(),
                price: Some(price.clone()),
                seat_id,
            }
        })
        .collect()
}
