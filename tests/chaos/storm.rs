//! Executes the plan: kills, pauses, stops and starts the processes of this run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use order_proto::sandbox::v1::SetFaultRequest;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_tests::Stack;
use order_tests::postgres::Postgres;
use order_tests::redis::Redis;
use order_tests::wait::pace;

use super::client::Shared;
use super::plan::{Act, REPLICAS};

/// The interval at which processes that have ended are restarted.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The duration of an injected delay.
const DELAY: Duration = Duration::from_millis(700);

/// Everything that the plan can disturb.
#[derive(Debug)]
pub(crate) struct Environment {
    // Dropped before the servers that it uses.
    pub(crate) stack: Stack,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    /// Which replicas the plan has killed.
    down: [bool; REPLICAS],
}

impl Environment {
    pub(crate) const fn new(stack: Stack, postgres: Postgres, redis: Redis) -> Self {
        Self {
            stack,
            postgres,
            redis,
            down: [false; REPLICAS],
        }
    }

    /// Executes every act at its time.
    pub(crate) async fn execute(&mut self, plan: &[(Duration, Act)], shared: &Arc<Shared>) {
        let begun = Instant::now();
        for (at, act) in plan {
            self.keep_running_until(begun + *at, shared).await;
            self.perform(*act, shared).await;
        }
    }

    /// Waits until `until`, and restarts processes that ended by themselves: a replica that starts while the database
    /// is down exits.
    pub(crate) async fn keep_running_until(&mut self, until: Instant, shared: &Arc<Shared>) {
        loop {
            for replica in 0..REPLICAS {
                if !self.down[replica] && self.stack.has_ended(replica) {
                    self.stack.begin(replica);
                    shared.tally.lock().restarts += 1;
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            pace(left.min(LOOK_EVERY)).await;
        }
    }

    async fn perform(&mut self, act: Act, shared: &Arc<Shared>) {
        let tally = &shared.tally;
        match act {
            Act::KillReplica(replica) => {
                self.down[replica] = true;
                self.stack.kill(replica);
                tally.lock().kills += 1;
            }
            Act::StartReplica(replica) => {
                self.down[replica] = false;
                self.stack.begin(replica);
                tally.lock().restarts += 1;
            }
            Act::PauseReplica(replica) => {
                self.stack.replica(replica).signal("STOP");
                tally.lock().pauses += 1;
            }
            Act::ResumeReplica(replica) => self.stack.replica(replica).signal("CONT"),
            Act::KillRedis => {
                self.redis.kill();
                tally.lock().redis_losses += 1;
            }
            Act::StartRedis => self.redis.restart().await,
            Act::FlushRedis => {
                self.redis.flush().await;
                tally.lock().redis_losses += 1;
            }
            Act::EndPostgres(how) => {
                self.postgres.end(how).await;
                tally.lock().postgres_restarts += 1;
            }
            Act::StartPostgres => self.postgres.restart().await,
            Act::Fault(method, kind, times) => {
                let fault = SetFaultRequest {
                    service: method.service.to_owned(),
                    method: method.name.to_owned(),
                    kind: kind.into(),
                    times,
                    delay: Some(DELAY.try_into().expect("the duration fits")),
                };
                // The sandbox refuses a fault when too many are queued.
                let mut sandbox = SandboxServiceClient::new(shared.sandbox.clone());
                if sandbox.set_fault(fault).await.is_ok() {
                    tally.lock().faults += 1;
                }
            }
        }
    }
}
