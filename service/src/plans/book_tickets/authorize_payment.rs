//! Step `authorize_payment`: reserves the total. Undone by VoidPayment. May wait for the buyer.

use crate::domain::{Answer, Call, Failure, OrderState, PaymentState, Reason, Timestamp};
use crate::plans::book_tickets::payload::Payload;
use crate::plans::book_tickets::payment::{declined, has_total, note};
use crate::plans::book_tickets::void;
use crate::saga::{
    Act, Authorized, Change, Compensable, Held, Scene, Step, Undo, Undone, Unreadable, Verdict,
};

#[derive(Debug, Clone, Copy)]
pub struct AuthorizePayment;

impl Step for AuthorizePayment {
    type From = Held;
    type To = Authorized;
}

impl Compensable for AuthorizePayment {}

impl Act for AuthorizePayment {
    fn name(&self) -> &'static str {
        "authorize_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        has_total(scene)
    }

    fn send_before(&self, scene: &Scene<'_>) -> Option<Timestamp> {
        scene.hold_deadline()
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let payload: &Payload = scene.payload()?;
        let charges = scene
            .order
            .charges
            .ok_or_else(|| Unreadable::missing("the order's total"))?;
        let token = scene.token.ok_or(Unreadable::Token)?;
        Ok(Call::AuthorizePayment {
            order_id: scene.order.order_id,
            organization_id: scene.order.organization_id.clone(),
            amount: charges.total,
            method_type: scene.order.payment.method_type.clone(),
            token: token.clone(),
            return_url: payload.return_url.clone(),
        })
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        Some(Call::get_payment(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        if answer.is_absent() {
            return Ok(Verdict::Absent);
        }
        let Some(payment) = answer.payment() else {
            return Ok(Verdict::No(Failure::new(
                Reason::PaymentMismatch,
                "the payment was answered with something else",
            )));
        };
        if payment.payment_id.is_empty() {
            return Ok(Verdict::Absent);
        }
        note(payment, change);
        let total = scene.order.charges.map(|charges| charges.total);
        match payment.state {
            PaymentState::Authorized if payment.amount == total => {
                change.erase_token = true;
                change.order.state = OrderState::Pending;
                change.order.payment.redirect_url = None;
                Ok(Verdict::Done)
            }
            PaymentState::RequiresAction if payment.amount == total => {
                change.order.state = OrderState::AwaitingPayment;
                change.order.payment.redirect_url = Some(payment.redirect_url.clone());
                Ok(Verdict::Wait)
            }
            PaymentState::Pending if payment.amount == total => Ok(Verdict::Wait),
            PaymentState::Declined | PaymentState::Voided => Ok(Verdict::No(declined(payment))),
            PaymentState::Authorized
            | PaymentState::RequiresAction
            | PaymentState::Pending
            | PaymentState::Captured
            | PaymentState::PartiallyRefunded
            | PaymentState::Refunded => Ok(Verdict::No(Failure::new(
                Reason::PaymentMismatch,
                "the payment is for another amount, or was taken before it was asked for",
            ))),
        }
    }

    fn refusal(&self, _reason: &Reason, _message: &str) -> Failure {
        Failure::new(Reason::PaymentDeclined, "the payment was refused")
    }
}

impl Undo for AuthorizePayment {
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable> {
        void::undo(scene)
    }

    fn judge_undo(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Undone, Unreadable> {
        void::judge_undo(scene, answer, change, void::Whose::Reservation)
    }
}
