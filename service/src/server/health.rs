//! What `grpc.health.v1` answers: SERVING while the database answers on a schema that is migrated and the background loops
//! run, until we close.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::rpc;

/// How long the database may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Pause between two probes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The service as a whole.
const WHOLE: &str = "";

type Check = dyn Fn() -> BoxFuture<'static, bool> + Send + Sync;

/// Probes whether the database is reachable, its schema migrated, and the background loops run.
#[derive(Clone)]
pub struct Probe(Arc<Check>);

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

impl Probe {
    /// A probe by this function.
    pub fn new<F, A>(ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    async fn answers(&self) -> bool {
        tokio::time::timeout(ANSWER_WITHIN, (self.0)())
            .await
            .unwrap_or(false)
    }
}

/// Probes periodically; stops when dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _task: AbortOnDropHandle<()>,
}

impl Watch {
    /// Probes once before it returns, so that the first health check is right.
    pub(super) async fn begin(
        reporter: HealthReporter,
        probe: Probe,
        closing: CancellationToken,
    ) -> Self {
        let mut serving = probe.answers().await;
        report(&reporter, serving).await;
        let task = tokio::spawn(async move {
            while closing
                .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
                .await
                .is_some()
            {
                let now = probe.answers().await;
                if now != serving {
                    warn_or_inform(now);
                    serving = now;
                    report(&reporter, serving).await;
                }
            }
            report(&reporter, false).await;
        });
        Self {
            _task: AbortOnDropHandle::new(task),
        }
    }
}

fn warn_or_inform(serving: bool) {
    if serving {
        tracing::info!("serving again");
    } else {
        tracing::warn!(
            "not serving: the database does not answer, or a background loop keeps failing"
        );
    }
}

async fn report(reporter: &HealthReporter, serving: bool) {
    let status = if serving {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    for service in std::iter::once(WHOLE).chain(rpc::SERVICES) {
        reporter.set_service_status(service, status).await;
    }
}
