//! `ReleaseHold`: the undo of HoldSeats. Acts only on a hold bound to the order; otherwise it succeeds and leaves a mark. A hold
//! that the order adopted can be unbound instead of released.

use order_proto::inventory::v1::{self as wire, HoldState, ReleaseHoldRequest};

use super::{Change, Hold, InOrder, State};
use crate::rpc::{Attempt, Decision, Found, OrderCommand};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

/// The buyer keeps the hold until its own end; the order can adopt it no more.
fn unbind(hold: &Hold, order: InOrder, attempt: Attempt) -> Result<Decision<wire::Hold>, Refusal> {
    if !hold.adopted {
        let message = "the hold was made for the order: only an adopted hold is kept";
        return Err(Refusal::failed_precondition("HOLD_NOT_ADOPTED", message));
    }
    let order = Change::Order {
        order_id: hold.order_id.clone(),
        order: InOrder {
            hold_undone: true,
            ..order
        },
    };
    let hold = Hold {
        order_id: String::new(),
        adopted: false,
        ..hold.clone()
    };
    let answer = hold.wire(attempt.now);
    let changes = [order, Change::Hold(hold)];
    let changes = changes.map(world::Change::Inventory);
    Ok(Decision::done(changes.into(), answer))
}

impl OrderCommand for ReleaseHoldRequest {
    type Answer = wire::Hold;
    type Record<'w> = (&'w Hold, InOrder);
    const METHOD: Method = Method::ReleaseHold;

    fn find<'w>(&self, world: &'w World) -> Result<Found<Self::Record<'w>, wire::Hold>, Refusal> {
        let inventory = &world.inventory;
        let order = inventory.order(&self.order_id);
        if let Some(hold) = inventory.bound(&self.order_id, &self.hold_id) {
            return Ok(Found::Ready((hold, order)));
        }
        Ok(Found::NothingToUndo {
            marked: order.hold_undone,
            mark: world::Change::Inventory(Change::Order {
                order_id: self.order_id.clone(),
                order: InOrder {
                    hold_undone: true,
                    ..order
                },
            }),
            answer: wire::Hold {
                order_id: self.order_id.clone(),
                state: HoldState::Released.into(),
                ..wire::Hold::default()
            },
        })
    }

    fn act(
        &self,
        (hold, order): Self::Record<'_>,
        attempt: Attempt,
    ) -> Result<Decision<wire::Hold>, Refusal> {
        match hold.state(attempt.now) {
            State::Booked => {
                let message = "the hold is booked: its booking is cancelled instead";
                Err(Refusal::failed_precondition("HOLD_BOOKED", message))
            }
            State::Released => Ok(Decision::repeated(hold.wire(attempt.now))),
            State::Held | State::Expired if self.keep_hold => unbind(hold, order, attempt),
            State::Held | State::Expired => {
                let hold = Hold {
                    released: Some(attempt.now),
                    ..hold.clone()
                };
                let answer = hold.wire(attempt.now);
                let change = world::Change::Inventory(Change::Hold(hold));
                Ok(Decision::done(vec![change], answer))
            }
        }
    }
}
