//! Starts and stops the engine's background loops.

use std::time::Duration;

use crate::domain::DeliveryKind;
use crate::engine::handle::Engine;
use crate::engine::{delivery, recovery, renewal};
use crate::participant::Participants;
use crate::store::journal::{Journal, Outbox};

/// How long sagas under way may take to reach a commit when the engine stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Starts recovery, lease renewal and delivery, until `stop`.
    pub fn run(&self) {
        self.keep("recovery", recovery::run);
        self.keep("lease renewal", renewal::run);
        for (what, kind) in [
            ("delivery of usage", DeliveryKind::Usage),
            ("delivery of notifications", DeliveryKind::Notification),
        ] {
            self.keep(what, move |engine| delivery::run(engine, kind));
        }
    }

    /// Whether the loops that `run` started are running.
    pub fn is_well(&self) -> bool {
        self.inner().loops.all_run()
    }

    fn keep<Run, Running>(&self, what: &'static str, run: Run)
    where
        Run: Fn(Self) -> Running + Send + Sync + 'static,
        Running: Future<Output = ()> + Send + 'static,
    {
        let engine = self.clone();
        self.inner().tasks.spawn(async move {
            let inner = engine.inner();
            let run = || run(engine.clone());
            inner.loops.keep(what, &inner.stopping, run).await;
        });
    }

    /// Accepts no new saga, lets running ones reach their next commit, and releases every lease.
    pub async fn stop(&self) {
        self.inner().stopping.cancel();
        self.inner().tasks.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.inner().tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "sagas are still waiting for participants; their leases are given up all the same"
            );
        }
        match self
            .inner()
            .parts
            .journal
            .give_up(&self.inner().parts.owner)
            .await
        {
            Ok(0) => {}
            Ok(sagas) => tracing::info!(sagas, "leases given up"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "leases could not be given up"
            ),
        }
    }
}
