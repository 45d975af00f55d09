//! Lets an operator step into a saga: what the participants say is asked first, where that matters.
//!
//! A dropped future leaves the saga either as it was or as the operator wanted it.

use std::time::Duration;

use crate::domain::{
    Answer, Call, CallError, HoldState, HoldView, Operation, Order, OrderState, Outcome,
    PaymentState, PaymentView, Request, Saga,
};
use crate::engine::handle::{Engine, EngineError, Fresh};
use crate::participant::Participants;
use crate::saga::machine::can_be_resolved;
use crate::saga::{Intervention, Machine, Moment, Operator, Settlement};
use crate::store::journal::{Journal, Outbox};

impl<J: Journal + Outbox, P: Participants> Engine<J, P> {
    /// Does as the operator asks, where saga and order are still as seen. Error: Refused, and why.
    pub async fn operate(
        &self,
        saga: &Saga,
        order: &Order,
        operation: Operation,
        operator: Operator,
        patience: Duration,
    ) -> Result<Outcome, EngineError> {
        let inner = self.inner();
        if inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let (kind, version) = (&saga.kind, saga.definition_version);
        let plan = inner.parts.catalog.plan(kind, version).ok_or_else(|| {
            let why = format!("this replica does not know version {version} of `{kind}`");
            EngineError::Refused(why)
        })?;
        let intervention = match operation {
            Operation::Retry => Intervention::Retry,
            Operation::Compensate => Intervention::Compensate,
            Operation::Resolve(order_state) => {
                can_be_resolved(saga).map_err(EngineError::Refused)?;
                let settlement = self.settlement(order, order_state).await;
                Intervention::Resolve(Box::new(settlement.map_err(EngineError::Refused)?))
            }
        };
        let machine = Machine::new(plan, &inner.parts.policy);
        let commit = machine.intervene(
            saga,
            order,
            &intervention,
            operator,
            &mut Moment {
                now: self.now(),
                owner: &inner.parts.owner,
                token: None,
                source: &mut Fresh,
            },
        );
        let commit = commit.map_err(EngineError::Refused)?;
        let becomes = commit.saga.clone();
        let order = commit
            .order
            .as_ref()
            .map_or_else(|| order.clone(), |write| write.order.clone());
        let mails = !commit.outbox.is_empty();
        let outcome = self.write_patiently(commit, patience).await?;
        if outcome == Outcome::Applied {
            self.stepped_in(&becomes, &order);
            if mails {
                inner.mail.notify_one();
            }
        }
        Ok(outcome)
    }

    /// What the participants say of an order that was settled outside. Error: who does not say.
    async fn settlement(
        &self,
        order: &Order,
        order_state: OrderState,
    ) -> Result<Settlement, String> {
        let payment = self.ask(Call::GetPayment {
            payment_id: order.payment.payment_id.clone(),
            order_id: order.order_id,
        });
        let hold = self.ask(Call::GetHold {
            hold_id: order.hold_id.clone(),
            order_id: order.order_id,
        });
        let (payment, hold) = tokio::join!(payment, hold);
        Ok(Settlement {
            order_state,
            payment: said::<PaymentView>("Payment", payment)?,
            hold: said::<HoldView>("Inventory", hold)?,
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
    fn of(answer: Answer) -> Option<Self>;
}

impl View for PaymentView {
    fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Payment(payment) => Some(payment),
            Answer::Absent => Some(Self {
                payment_id: String::new(),
                state: PaymentState::Pending,
                amount: None,
                captured: None,
                refunded: None,
                redirect_url: String::new(),
                decline_code: String::new(),
            }),
            Answer::Held { .. }
            | Answer::Hold(_)
            | Answer::Booking { .. }
            | Answer::Refund(_)
            | Answer::Taken => None,
        }
    }
}

impl View for HoldView {
    fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Hold(hold) => Some(hold),
            Answer::Absent => Some(Self {
                hold_id: String::new(),
                state: HoldState::None,
                seat_ids: Vec::new(),
            }),
            Answer::Held { .. }
            | Answer::Booking { .. }
            | Answer::Payment(_)
            | Answer::Refund(_)
            | Answer::Taken => None,
        }
    }
}

fn said<V: View>(who: &str, answer: Result<Answer, CallError>) -> Result<V, String> {
    match answer {
        Ok(answer) => {
            V::of(answer).ok_or_else(|| format!("the {who} service answered with something else"))
        }
        Err(error) => Err(format!(
            "the {who} service does not say how the order stands: {}",
            error.message()
        )),
    }
}
