//! Lets callers that own no saga step in: cancels, operators' acts and webhooks reach the store through one function.
//!
//! A dropped future leaves the saga either unchanged or changed as asked.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{
    Answer, Call, CallError, HoldState, HoldView, Order, OrderState, Outcome, PaymentState,
    PaymentView, Request, Saga, SagaId, SagaState,
};
use crate::engine::handle::{Engine, EngineError, SystemSource};
use crate::participant::Participants;
use crate::saga::machine::{can_be_resolved, stay_of};
use crate::saga::{Intervention, Machine, Moment, Operator, Settlement, StepIn};
use crate::store::journal::{Journal, Outbox};

/// Between two looks at a saga that a replica is calling for.
const REST_PAUSE: Duration = Duration::from_millis(50);

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Writes the act, where saga and order are still as seen, and wakes the saga's driver. Returns the order as it is then:
    /// for every outcome but Applied, as it was seen. Errors: Refused, with the reason; Stopping; Store.
    pub async fn step_in(
        &self,
        saga: &Saga,
        order: Order,
        act: StepIn,
        patience: Duration,
    ) -> Result<(Order, Outcome), EngineError> {
        let inner = self.inner();
        if inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let (kind, version) = (&saga.kind, saga.definition_version);
        let (plans, policy) = (&inner.parts.catalog, &inner.parts.policy);
        let machine = Machine::of(plans, policy, kind, version).ok_or_else(|| {
            let why = format!("this replica does not know version {version} of `{kind}`");
            EngineError::Refused(why)
        })?;
        let commit = machine.step_in(
            saga,
            &order,
            act,
            &mut Moment {
                now: self.now(),
                owner: &inner.parts.owner,
                token: None,
                source: &mut SystemSource,
            },
        );
        let commit = commit.map_err(EngineError::Refused)?;
        let becomes = commit.saga.clone();
        let written = commit.order.as_ref().map(|write| write.order.clone());
        let has_deliveries = !commit.outbox.is_empty();
        let outcome = self.write_patiently(commit, patience).await?;
        if outcome != Outcome::Applied {
            return Ok((order, outcome));
        }
        let order = written.unwrap_or(order);
        inner.hub.publish(&becomes, &order);
        inner.leases.ring(becomes.saga_id);
        if has_deliveries {
            inner.delivery_due.wake();
        }
        Ok((order, outcome))
    }

    /// Ends a saga whose order an operator settled outside, once no replica holds its lease or has a call of it in flight;
    /// waits for that at most `STEP_DEADLINE` (rule 26). Payment and Inventory are asked first. Errors: as `step_in`.
    pub async fn resolve(
        &self,
        saga_id: SagaId,
        order_state: OrderState,
        operator: Operator,
        patience: Duration,
    ) -> Result<Outcome, EngineError> {
        let deadline = Instant::now() + self.inner().parts.policy.step_deadline;
        loop {
            let Some((saga, order)) = self.at_rest(saga_id, deadline).await? else {
                return Ok(Outcome::Fenced);
            };
            let settlement = self.settlement(&order, order_state).await;
            let settlement = settlement.map_err(EngineError::Refused)?;
            let intervention = Intervention::Resolve(Box::new(settlement));
            let act = StepIn::Intervene(intervention, operator.clone());
            let (_, outcome) = self.step_in(&saga, order, act, patience).await?;
            if outcome != Outcome::Stale || !self.is_called_for(&saga).await? {
                return Ok(outcome);
            }
            self.wait_for_rest(deadline).await?;
        }
    }

    /// The saga once it needs attention and is not being called again; none where it is not there.
    async fn at_rest(
        &self,
        saga_id: SagaId,
        deadline: Instant,
    ) -> Result<Option<(Saga, Order)>, EngineError> {
        loop {
            let Some((saga, order)) = self.inner().parts.journal.load(saga_id).await? else {
                return Ok(None);
            };
            if stay_of(&saga).is_none() {
                can_be_resolved(&saga).map_err(EngineError::Refused)?;
                return Ok(Some((saga, order)));
            }
            self.wait_for_rest(deadline).await?;
        }
    }

    /// Whether a commit of `seen` was stale because a replica holds the saga's lease, and not because a person acted.
    async fn is_called_for(&self, seen: &Saga) -> Result<bool, EngineError> {
        let found = self.inner().parts.journal.load(seen.saga_id).await?;
        Ok(found.is_some_and(|(saga, _)| {
            let is_unchanged =
                saga.version == seen.version && saga.state == SagaState::NeedsAttention;
            is_unchanged || stay_of(&saga).is_some()
        }))
    }

    async fn wait_for_rest(&self, deadline: Instant) -> Result<(), EngineError> {
        if Instant::now() >= deadline {
            let why = "a replica is calling a participant for the saga: try again";
            return Err(EngineError::Refused(why.to_owned()));
        }
        tokio::select! {
            () = tokio::time::sleep(REST_PAUSE) => Ok(()),
            () = self.inner().stopping.cancelled() => Err(EngineError::Stopping),
        }
    }

    /// How the participants say the order stands. Error: the participant that does not answer.
    async fn settlement(
        &self,
        order: &Order,
        order_state: OrderState,
    ) -> Result<Settlement, String> {
        let payment = self.ask(Call::get_payment(order));
        let hold = self.ask(Call::get_hold(order));
        let (payment, hold) = tokio::join!(payment, hold);
        Ok(Settlement {
            order_state,
            payment: view::<PaymentView>("Payment", payment)?,
            hold: view::<HoldView>("Inventory", hold)?,
        })
    }

    async fn ask(&self, call: Call) -> Result<Answer, CallError> {
        let parts = &self.inner().parts;
        let request = Request {
            call,
            idempotency_key: String::new(),
            deadline: parts.policy.step_deadline,
        };
        parts.participants.call(request).await
    }
}

/// One kind of answer among all.
trait View: Sized {
    /// None where the answer is of another kind; an absent object is an empty view.
    fn of(answer: &Answer) -> Option<Self>;
}

impl View for PaymentView {
    fn of(answer: &Answer) -> Option<Self> {
        let absent = || Self {
            payment_id: String::new(),
            state: PaymentState::Pending,
            amount: None,
            captured: None,
            refunded: None,
            redirect_url: String::new(),
            decline_code: String::new(),
        };
        let found = answer.payment().cloned();
        found.or_else(|| answer.is_absent().then(absent))
    }
}

impl View for HoldView {
    fn of(answer: &Answer) -> Option<Self> {
        let absent = || Self {
            hold_id: String::new(),
            is_bound: false,
            state: HoldState::None,
            seat_ids: Vec::new(),
        };
        let found = answer.hold().cloned();
        found.or_else(|| answer.is_absent().then(absent))
    }
}

fn view<V: View>(service: &str, answer: Result<Answer, CallError>) -> Result<V, String> {
    match answer {
        Ok(answer) => V::of(&answer)
            .ok_or_else(|| format!("the {service} service answered with something else")),
        Err(error) => Err(format!(
            "the {service} service does not say how the order stands: {}",
            error.message()
        )),
    }
}
