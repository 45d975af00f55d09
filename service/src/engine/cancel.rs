//! Lets a caller step into a booking that is under way, to cancel it.
//!
//! A dropped future leaves the order either as it was or CANCELLING, with its saga due.

use std::time::Duration;

use crate::domain::{Order, Outcome, Saga};
use crate::engine::handle::{Engine, EngineError, Fresh};
use crate::participant::Participants;
use crate::saga::{Cancel, Machine, Moment};
use crate::store::journal::{Journal, Outbox};

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Marks the order as being cancelled, where saga and order are still as seen. Answers the order as it is then:
    /// of any outcome but Applied, as it was seen.
    pub async fn cancel(
        &self,
        saga: &Saga,
        order: Order,
        cancel: Cancel,
        patience: Duration,
    ) -> Result<(Order, Outcome), EngineError> {
        let inner = self.inner();
        if inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let plan = inner
            .parts
            .catalog
            .plan(&saga.kind, saga.definition_version);
        let plan = plan.ok_or_else(|| {
            let (kind, version) = (&saga.kind, saga.definition_version);
            EngineError::Refused(format!(
                "this replica does not know version {version} of `{kind}`"
            ))
        })?;
        let commit = Machine::new(plan, &inner.parts.policy).cancel(
            saga,
            &order,
            cancel,
            &mut Moment {
                now: self.now(),
                owner: &inner.parts.owner,
                token: None,
                source: &mut Fresh,
            },
        );
        let becomes = commit.saga.clone();
        let marked = commit.order.as_ref().map(|write| write.order.clone());
        let outcome = self.write_patiently(commit, patience).await?;
        let order = match (&outcome, marked) {
            (Outcome::Applied, Some(marked)) => {
                self.stepped_in(&becomes, &marked);
                marked
            }
            (Outcome::Applied | Outcome::Stale | Outcome::Fenced | Outcome::KeyTaken(_), _) => {
                order
            }
        };
        Ok((order, outcome))
    }
}
