//! The invariants of every state of the model, and the states that must be reachable.

use stateright::{Model as _, Property};

use crate::protocol::Protocol;
use crate::world::{Claim, Stage, World};

pub(crate) const ONE_ORDER: &str = "one key creates one order";
pub(crate) const ONE_EFFECT: &str = "a step has at most one effect";
pub(crate) const SAME_ANSWER: &str = "both callers receive the same order";
pub(crate) const CONFIRMED_KEEPS_EFFECT: &str = "a confirmed order has its effect";
pub(crate) const FAILED_IS_UNDONE: &str = "a failed order has no effect, even after a late call";
pub(crate) const EVERY_CALLER_IS_ANSWERED: &str =
    "a state without a successor has ended and answered every caller";

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
        Property::always(CONFIRMED_KEEPS_EFFECT, |_, world: &World| {
            !is_at(world, Stage::Confirmed) || world.participant.is_in_place
        }),
        Property::always(FAILED_IS_UNDONE, |_, world: &World| {
            !is_at(world, Stage::Failed) || !world.participant.is_in_place
        }),
        Property::always(
            EVERY_CALLER_IS_ANSWERED,
            |protocol: &Protocol, world: &World| {
                let has_ended = is_at(world, Stage::Confirmed) || is_at(world, Stage::Failed);
                let all_are_answered = world.answers().count() == world.replicas.len();
                (has_ended && all_are_answered) || !protocol.next_states(world).is_empty()
            },
        ),
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
            "a repeat is answered after Redis lost its data",
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
