//! What must hold in every state of the model, and what must be possible in some.

use stateright::{Model as _, Property};

use crate::protocol::Protocol;
use crate::world::{Claim, Stage, World};

pub(crate) const ONE_ORDER: &str = "one key is one order";
pub(crate) const ONE_EFFECT: &str = "a step has its effect once";
pub(crate) const SAME_ANSWER: &str = "both callers are told of the same order";
pub(crate) const CONFIRMED_STANDS: &str = "what a confirmed order paid for stands";
pub(crate) const FAILED_IS_UNDONE: &str =
    "nothing stands for a failed order, however late a call comes";
pub(crate) const NOBODY_IS_FORGOTTEN: &str =
    "where nothing can happen any more, all have their answer";

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_ORDER, |_, world: &World| world.orders_made <= 1),
        Property::always(ONE_EFFECT, |_, world: &World| {
            world.participant.effects <= 1
        }),
        Property::always(SAME_ANSWER, |_, world: &World| {
            let made = world.row.as_ref().map(|row| row.order);
            world.answers().all(|order| Some(order) == made)
        }),
        Property::always(CONFIRMED_STANDS, |_, world: &World| {
            !is_at(world, Stage::Confirmed) || world.participant.is_in_place
        }),
        Property::always(FAILED_IS_UNDONE, |_, world: &World| {
            !is_at(world, Stage::Failed) || !world.participant.is_in_place
        }),
        Property::always(NOBODY_IS_FORGOTTEN, |protocol: &Protocol, world: &World| {
            let has_ended = is_at(world, Stage::Confirmed) || is_at(world, Stage::Failed);
            let all_are_answered = world.answers().count() == world.replicas.len();
            (has_ended && all_are_answered) || !protocol.next_states(world).is_empty()
        }),
        Property::sometimes(
            "an order is confirmed after a take-over",
            |_, world: &World| {
                is_at(world, Stage::Confirmed)
                    && world.row.as_ref().is_some_and(|row| row.epoch > 1)
            },
        ),
        Property::sometimes(
            "an order is undone after a take-over",
            |_, world: &World| {
                is_at(world, Stage::Failed)
                    && world.participant.effects == 1
                    && world.row.as_ref().is_some_and(|row| row.epoch > 1)
            },
        ),
        Property::sometimes(
            "a repeat is answered although Redis forgot",
            |_, world: &World| {
                !world.may_forget && world.redis != Claim::Free && world.answers().count() == 2
            },
        ),
        Property::sometimes("a late action is refused", |_, world: &World| {
            world.participant.is_marked
                && world.participant.effects == 0
                && is_at(world, Stage::Failed)
        }),
    ]
}

fn is_at(world: &World, stage: Stage) -> bool {
    world.row.as_ref().is_some_and(|row| row.stage == stage)
}
