//! Operators' acts on sagas: RetrySaga, CompensateSaga, ResolveSaga. Each applies once per idempotency key.

use std::time::Duration;

use super::create_order::engine_error;
use super::until::PATIENCE_MIN;
use super::{App, store_error};
use crate::domain::{HistoryEntry, KeyRow, Operate, Operation, Order, Outcome, Saga, SagaState};
use crate::error::{Error, Missing};
use crate::saga::{Intervention, Operator, StepIn};
use crate::store;
use crate::store::journal::Journal;

/// Attempts of an act that loses the race against the saga's own commits.
const TRIES_MAX: u32 = 32;

/// The result of an act on a saga.
#[derive(Debug, Clone)]
pub struct SagaReply {
    /// The saga in its current state.
    pub saga: Saga,
    /// The saga's whole history.
    pub history: Vec<HistoryEntry>,
    /// Whether the idempotency key had been used before.
    pub replayed: bool,
    /// Time since the key was first used; zero if it was not.
    pub age: Duration,
}

impl App {
    /// Applies an operator's act. A known idempotency key returns the saga that it acted on. Errors: NotFound, KeyReused,
    /// SagaState (with the reason), StoreUnavailable (the act may have applied), Overloaded.
    ///
    /// A dropped future leaves the saga either unchanged or changed as asked.
    pub async fn operate_saga(&self, command: Operate) -> Result<SagaReply, Error> {
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(command.claim.as_ref()).await? {
                return self.operated(&command, Some(&row)).await;
            }
            let (saga, order) = self.saga_to_operate(&command).await?;
            let operator = Operator {
                actor: command.actor.clone(),
                note: command.note.clone(),
                key: self.key_row(command.claim.as_ref(), saga.order_id, saga.saga_id),
            };
            let state = saga.state;
            match Box::pin(self.act(saga, order, command.operation, operator)).await? {
                Outcome::Applied => return self.operated(&command, None).await,
                Outcome::KeyTaken(row) => return self.operated(&command, Some(&row)).await,
                // A saga that needs attention changes only by another operator's act, which may contradict this one.
                Outcome::Stale | Outcome::Fenced if state == SagaState::NeedsAttention => {
                    let why = "the saga has changed meanwhile: read it again";
                    return Err(Error::SagaState(why.to_owned()));
                }
                Outcome::Stale | Outcome::Fenced => {}
            }
        }
        Err(Error::Overloaded)
    }

    async fn act(
        &self,
        saga: Saga,
        order: Order,
        operation: Operation,
        operator: Operator,
    ) -> Result<Outcome, Error> {
        let engine = &self.0.engine;
        let intervention = match operation {
            Operation::Retry => Intervention::Retry,
            Operation::Compensate => Intervention::Compensate,
            Operation::Resolve(order_state) => {
                let resolving = engine.resolve(saga.saga_id, order_state, operator, PATIENCE_MIN);
                return Box::pin(resolving).await.map_err(engine_error);
            }
        };
        let act = StepIn::Intervene(intervention, operator);
        let acting = engine.step_in(&saga, order, act, PATIENCE_MIN).await;
        acting.map(|(_, outcome)| outcome).map_err(engine_error)
    }

    async fn saga_to_operate(&self, command: &Operate) -> Result<(Saga, Order), Error> {
        match self.0.store.load(command.saga_id).await {
            Ok(found) => found.ok_or(Error::NotFound(Missing::Saga)),
            Err(error @ store::Error::Corrupt { .. }) => {
                Err(Error::SagaState(format!("{error}: repair the row first")))
            }
            Err(error) => Err(store_error(error)),
        }
    }

    /// The reply. `before` is the row of a key that was used before. Error: KeyReused.
    async fn operated(
        &self,
        command: &Operate,
        before: Option<&KeyRow>,
    ) -> Result<SagaReply, Error> {
        let mut age = Duration::ZERO;
        if let Some(row) = before {
            let claim = command.claim.as_ref();
            if !claim.is_some_and(|claim| claim.repeats(&row.fingerprint)) {
                return Err(Error::KeyReused);
            }
            let left = row.expire_time.since(self.0.engine.now());
            age = self.0.idempotency_ttl.saturating_sub(left);
        }
        let (saga, history) = self.get_saga(command.saga_id).await?;
        Ok(SagaReply {
            saga,
            history,
            replayed: before.is_some(),
            age,
        })
    }
}
