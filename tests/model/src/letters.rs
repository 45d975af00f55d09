//! Removes messages in transit that can have no effect any more, so that states which differ only in them are one
//! state.

use crate::protocol::{Flaw, Protocol};
use crate::world::{Call, Driver, Phase, Request, World, Write};

impl Protocol {
    /// Removes messages in transit that can have no effect now or later: no driver waits for their answer, and the
    /// state that would accept them does not come back (epochs rise, orders and marks stay). Two states that differ
    /// only in such messages have the same successors.
    pub(crate) fn drop_stale_messages(self, world: &mut World) {
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
