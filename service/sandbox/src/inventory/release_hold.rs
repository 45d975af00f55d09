//! `ReleaseHold`: the undo of HoldSeats. Acts only on a hold bound to the order; else succeeds, and leaves a mark.

use order_proto::inventory::v1::{self as wire, HoldState, ReleaseHoldRequest};

use super::{Change, Hold, InOrder, State};
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

impl Rpc for ReleaseHoldRequest {
    type Answer = wire::Hold;
    const METHOD: Method = Method::ReleaseHold;

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

    fn decide(&self, world: &World, asked: Asked) -> Decision<wire::Hold> {
        let inventory = &world.inventory;
        let Some(hold) = inventory.bound(&self.order_id, &self.hold_id) else {
            return mark(&self.order_id, inventory.order(&self.order_id));
        };
        match hold.state(asked.now) {
            State::Booked => {
                let message = "the hold is booked: its booking is cancelled instead";
                Decision::refused(Refusal::no("HOLD_BOOKED", message))
            }
            State::Released => Decision::stands(hold.wire(asked.now)),
            State::Held | State::Expired => {
                let hold = Hold {
                    released: Some(asked.now),
                    ..hold.clone()
                };
                let answer = hold.wire(asked.now);
                let change = world::Change::Inventory(Change::Hold(hold));
                Decision::done(vec![change], answer)
            }
        }
    }
}

/// Nothing of this order is held: it stays so.
fn mark(order_id: &str, order: InOrder) -> Decision<wire::Hold> {
    let answer = wire::Hold {
        order_id: order_id.to_owned(),
        state: HoldState::Released.into(),
        ..wire::Hold::default()
    };
    if order.hold_undone {
        return Decision::stands(answer);
    }
    let change = Change::Order {
        order_id: order_id.to_owned(),
        order: InOrder {
            hold_undone: true,
            ..order
        },
    };
    Decision::done(vec![world::Change::Inventory(change)], answer)
}
