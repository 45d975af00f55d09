//! Carries out the plan: kills, pauses, ends and starts what belongs to this run alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use order_proto::sandbox::v1::SetFaultRequest;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_tests::Stack;
use order_tests::postgres::Postgres;
use order_tests::redis::Redis;
use order_tests::wait::pace;

use super::client::Field;
use super::plan::{Act, REPLICAS};

/// How often it is seen to that what should run does.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a planted delay is.
const DELAY: Duration = Duration::from_millis(700);

/// Everything that can be broken.
#[derive(Debug)]
pub(crate) struct Ground {
    // Before the servers that it stands on.
    pub(crate) stack: Stack,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    /// Which replicas were killed on purpose.
    down: [bool; REPLICAS],
}

impl Ground {
    pub(crate) const fn new(stack: Stack, postgres: Postgres, redis: Redis) -> Self {
        Self {
            stack,
            postgres,
            redis,
            down: [false; REPLICAS],
        }
    }

    /// Carries out every act at its time.
    pub(crate) async fn rage(&mut self, plan: &[(Duration, Act)], field: &Arc<Field>) {
        let begun = Instant::now();
        for (at, act) in plan {
            self.stand_until(begun + *at, field).await;
            self.perform(*act, field).await;
        }
    }

    /// Waits, and starts again what ended by itself: a replica that comes up while the database is away gives up.
    pub(crate) async fn stand_until(&mut self, until: Instant, field: &Arc<Field>) {
        loop {
            for replica in 0..REPLICAS {
                if !self.down[replica] && self.stack.has_ended(replica) {
                    self.stack.begin(replica);
                    field.tally.lock().restarts += 1;
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            pace(left.min(LOOK_EVERY)).await;
        }
    }

    async fn perform(&mut self, act: Act, field: &Arc<Field>) {
        let tally = &field.tally;
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
                    delay: Some(DELAY.try_into().expect("it is short")),
                };
                // Refused where too many wait already.
                let mut sandbox = SandboxServiceClient::new(field.sandbox.clone());
                if sandbox.set_fault(fault).await.is_ok() {
                    tally.lock().faults += 1;
                }
            }
        }
    }
}
