//! The first commit of a saga: the order, the saga with its first step named, and the key, all or nothing.

use crate::domain::{
    Commit, Event, Guard, HistoryEntry, KeyRow, Order, OrderWrite, Saga, SagaId, SagaPayload,
    SagaState, Step, StepState, Successor, Way,
};
use crate::saga::machine::Machine;
use crate::saga::machine::draft::SYSTEM;
use crate::saga::moment::Moment;
use crate::saga::step::{Next, Unreadable};

/// What a saga begins with.
#[derive(Debug)]
pub struct Start {
    pub saga_id: SagaId,
    /// The order as it becomes.
    pub order: Order,
    /// The version of the order that this replaces; none for a new order. The same version: the order is not written.
    pub seen: Option<i64>,
    /// The data of the plan.
    pub payload: SagaPayload,
    /// The encrypted payment token.
    pub sealed_token: Option<String>,
    /// The key under which it is begun.
    pub key: Option<KeyRow>,
    pub actor: String,
    /// Why, in the caller's words; may be empty.
    pub detail: String,
}

impl Machine<'_> {
    /// The commit that writes an order and begins a saga of it, at the first step that is needed.
    pub fn begin(&self, start: Start, moment: &mut Moment<'_>) -> Commit {
        let order = start.order;
        let stages = self.definition.stages.iter();
        let mut saga = Saga {
            saga_id: start.saga_id,
            kind: self.definition.kind.to_owned(),
            definition_version: self.definition.version,
            order_id: order.order_id,
            organization_id: order.organization_id.clone(),
            state: SagaState::Running,
            way: Way::Forward,
            cursor: 0,
            steps: stages.map(|stage| pending(stage.act().name())).collect(),
            failure: None,
            unwind_asked: false,
            hint_time: None,
            payload: start.payload,
            sealed_token: start.sealed_token,
            owner: Some(moment.owner.clone()),
            due_time: Some(moment.now),
            epoch: 1,
            version: 1,
            create_time: moment.now,
            update_time: moment.now,
        };
        self.name_first_step(&mut saga, &order, moment);
        let history = vec![HistoryEntry {
            time: moment.now,
            event: Event::SagaStarted,
            step: String::new(),
            detail: start.detail,
            actor: start.actor,
        }];
        Commit {
            commit_id: moment.source.commit_id(),
            guard: Guard::Begin,
            saga,
            order: (start.seen != Some(order.version)).then_some(OrderWrite {
                order,
                seen: start.seen,
            }),
            history,
            ledger: Vec::new(),
            outbox: Vec::new(),
            key: start.key,
            successor: None,
        }
    }

    /// The saga that starts when this one ends: due and without an owner.
    pub(super) fn succeed(
        &self,
        next: Next,
        order: &Order,
        moment: &mut Moment<'_>,
    ) -> Result<Successor, Unreadable> {
        let (kind, version) = next.plan;
        let machine = Machine::of(self.plans, self.policy, kind, version);
        let machine = machine.ok_or_else(|| Unreadable::missing("the plan of the next saga"))?;
        let start = Start {
            saga_id: moment.source.uuid().into(),
            order: order.clone(),
            seen: Some(order.version),
            payload: next.payload,
            sealed_token: None,
            key: None,
            actor: SYSTEM.to_owned(),
            detail: next.detail.to_owned(),
        };
        let mut begun = machine.begin(start, moment);
        begun.saga.owner = None;
        Ok(Successor {
            saga: begun.saga,
            line: begun.history.remove(0),
        })
    }

    fn name_first_step(&self, saga: &mut Saga, order: &Order, moment: &Moment<'_>) {
        let mut stages = self.definition.stages.iter();
        let needed =
            stages.position(|stage| stage.act().is_needed(&self.scene(saga, order, moment)));
        saga.cursor = needed.unwrap_or_default();
        for skipped in &mut saga.steps[..saga.cursor] {
            skipped.state = StepState::Skipped;
        }
        if let Some(first) = saga.steps.get_mut(saga.cursor) {
            first.state = StepState::Running;
            first.attempts = 1;
            first.start_time = Some(moment.now);
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
        asked: false,
    }
}
