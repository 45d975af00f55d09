//! The first commit of a saga: the order, the saga with its first step named, and the key, all or nothing.

use crate::order::{
    Commit, Guard, HistoryEntry, KeyRow, Order, OrderWrite, Saga, SagaState, Step, StepState, Way,
};

use super::{Machine, Moment};

impl Machine<'_> {
    /// The commit that makes `order` and begins its saga.
    pub fn begin(
        &self,
        order: Order,
        payload: String,
        sealed_token: Option<String>,
        key: Option<KeyRow>,
        actor: &str,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let mut steps: Vec<Step> = self
            .definition
            .stages
            .iter()
            .map(|stage| pending(stage.act().name()))
            .collect();
        if let Some(first) = steps.first_mut() {
            first.state = StepState::Running;
            first.attempts = 1;
            first.start_time = Some(moment.now);
        }
        let saga = Saga {
            saga_id: order.saga_id,
            kind: self.definition.kind.to_owned(),
            definition_version: self.definition.version,
            order_id: order.order_id,
            organization_id: order.organization_id.clone(),
            state: SagaState::Running,
            way: Way::Forward,
            cursor: 0,
            steps,
            failure: None,
            payload,
            sealed_token,
            owner: Some(moment.owner.clone()),
            due_time: Some(moment.now),
            epoch: 1,
            version: 1,
            create_time: moment.now,
            update_time: moment.now,
        };
        let history = vec![HistoryEntry {
            time: moment.now,
            event: "saga_started".to_owned(),
            step: String::new(),
            detail: String::new(),
            actor: actor.to_owned(),
        }];
        Commit {
            commit_id: moment.source.commit_id(),
            guard: Guard::Begin,
            saga,
            order: Some(OrderWrite { order, seen: None }),
            history,
            ledger: Vec::new(),
            outbox: Vec::new(),
            key,
        }
    }
}

fn pending(name: &str) -> Step {
    Step {
        name: name.to_owned(),
        state: StepState::Pending,
        attempts: 0,
        undo_attempts: 0,
        last_error: None,
        start_time: None,
        end_time: None,
    }
}
