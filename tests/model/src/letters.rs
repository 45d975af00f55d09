//! What is on its way and can do nothing any more: left out, so that states which behave alike are one.

use crate::protocol::{Flaw, Protocol};
use crate::world::{Call, Driver, Phase, Request, World, Write};

impl Protocol {
    /// Forgets what is on its way and can do nothing any more, now or later: nobody waits for its answer, and what it
    /// meets only ever moves away from it (epochs rise, orders and marks stay). Two states that differ in it behave alike.
    pub(crate) fn drop_dead_letters(self, world: &mut World) {
        let waited: Vec<_> = world
            .replicas
            .iter()
            .filter_map(|replica| replica.driver)
            .collect();
        let there = world.participant;
        world.calls.retain(|(epoch, call)| {
            let is_idle = match call {
                Call::Act => there.is_marked || there.is_in_place,
                Call::Undo => there.is_marked,
            };
            let waits =
                |driver: &Driver| driver.epoch == *epoch && driver.phase == Phase::Calling(*call);
            !is_idle || waited.iter().any(waits)
        });
        if self.flaw != Flaw::Unfenced
            && let Some(row) = &world.row
        {
            let epoch = row.epoch;
            let waits = |write: &Write| {
                let same = |driver: &Driver| {
                    driver.epoch == write.epoch && driver.phase == Phase::Writing(write.next)
                };
                waited.iter().any(same)
            };
            world
                .writes
                .retain(|write| write.epoch == epoch || waits(write));
        }
        if self.key_is_unique() && world.row.is_some() {
            let replicas = &world.replicas;
            world.begins.retain(|(replica, attempt)| {
                replicas[*replica].attempt == *attempt
                    && replicas[*replica].request == Request::Committing
            });
        }
    }
}
