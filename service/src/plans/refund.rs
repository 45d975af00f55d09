//! Returning money, as every saga does it that moves money back: a refund is named in the order before it is first asked
//! for, keeps its name until it is known what became of it, and its entries are posted with that knowledge.

use crate::domain::{
    Account, Answer, Call, Direction, Failure, Money, Order, PaymentState, Reason, Refund,
    RefundState, RefundView, SagaId, Shares, TicketState, Transaction,
};
use crate::plans::suspense;
use crate::saga::{Change, Ready, Scene, Unreadable, Verdict};

mod step;

pub use step::{Occasion, RefundPayment};

/// Why the money went back, as the refund says that stands for a return outside the service.
const OUTSIDE: &str = "settled outside";

/// How much is to be returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The one refund that the saga began with.
    One,
    /// All that was captured, once no ticket is left: what others return is waited for, and returned here if they fail.
    Everything,
    /// The same, of money that was captured unasked.
    Unasked,
}

impl Goal {
    /// All the money of an order that has ended. Of an order that was sold and cancelled it is part of the sale.
    pub(super) fn all_of(order: &Order) -> Self {
        if order.has_refund_of_sale() {
            Self::Everything
        } else {
            Self::Unasked
        }
    }
}

/// Whether money is to be returned, or that of other sagas to be waited for.
fn is_needed(scene: &Scene<'_>, goal: Goal) -> bool {
    let order = scene.order;
    match goal {
        Goal::One => pending(scene).is_some_and(|refund| !refund.amount.is_zero()),
        Goal::Everything | Goal::Unasked => {
            order.returned() != order.captured || is_refunding(order)
        }
    }
}

/// Names the next refund, or says that none is needed.
fn prepare(
    scene: &Scene<'_>,
    goal: Goal,
    reason: &str,
    change: &mut Change,
) -> Result<Ready, Unreadable> {
    let order = scene.order;
    let left = order
        .refundable()
        .ok_or_else(|| Unreadable::missing("the captured amount"))?;
    if own_refunds(scene).any(|refund| refund.state == RefundState::Pending) {
        return Ok(Ready::Yes);
    }
    let amount = match goal {
        Goal::One => requested_minor(scene).min(left.minor),
        Goal::Everything | Goal::Unasked if has_tickets(order) => 0,
        Goal::Everything | Goal::Unasked => left.minor,
    };
    if amount > 0 {
        let amount = Money::new(amount, left.currency);
        name(scene, goal, amount, reason, change);
        Ok(Ready::Prepared)
    } else if goal != Goal::One && is_refunding(order) {
        Ok(Ready::Waits)
    } else {
        Ok(Ready::Done)
    }
}

/// The minor units of the one refund that the saga began with; tried again, it is the same amount.
fn requested_minor(scene: &Scene<'_>) -> i64 {
    let last = own_refunds(scene).last();
    last.map(|refund| refund.amount.minor).unwrap_or_default()
}

/// Adds a new refund of this saga. One that replaces a failed refund of seats is taken from the same accounts.
fn name(scene: &Scene<'_>, goal: Goal, amount: Money, reason: &str, change: &mut Change) {
    let replaced = match goal {
        Goal::One => own_refunds(scene).last(),
        Goal::Everything | Goal::Unasked => None,
    };
    change.order.refunds.push(Refund {
        refund_id: change.refund_id,
        amount,
        state: RefundState::Pending,
        reason: reason.to_owned(),
        create_time: scene.now,
        saga_id: Some(change.saga_id),
        seat_ids: Vec::new(),
        seats_due: replaced.and_then(|refund| refund.seats_due),
        shares: None,
        is_posted_back: false,
    });
}

/// Requests the refund that is named.
fn act(scene: &Scene<'_>) -> Result<Call, Unreadable> {
    let order = scene.order;
    let refund = pending(scene).ok_or_else(|| Unreadable::missing("the saga's refund"))?;
    let payment_id = order.payment.payment_id.clone();
    Ok(Call::RefundPayment {
        payment_id: payment_id.ok_or_else(|| Unreadable::missing("the order's payment"))?,
        order_id: order.order_id,
        refund_id: refund.refund_id,
        amount: refund.amount,
    })
}

/// Every refund but a saga's first has a key of its own: one key acts once.
fn key_suffix(scene: &Scene<'_>) -> Option<String> {
    let refund = pending(scene)?;
    let is_first = own_refunds(scene)
        .next()
        .is_some_and(|first| first.refund_id == refund.refund_id);
    (!is_first).then(|| refund.refund_id.to_string())
}

/// Asks what became of the refund that is named.
fn query(scene: &Scene<'_>) -> Option<Call> {
    pending(scene).map(|refund| Call::GetRefund {
        refund_id: refund.refund_id,
    })
}

/// What the Payment service's answer means for the refund that is named.
fn judge(
    scene: &Scene<'_>,
    goal: Goal,
    answer: &Answer,
    change: &mut Change,
) -> Result<Verdict, Unreadable> {
    let refund = pending(scene).ok_or_else(|| Unreadable::missing("the saga's refund"))?;
    match answer.refund() {
        Some(view) => match view.state {
            RefundState::Pending => Ok(Verdict::Wait),
            RefundState::Succeeded if is_another(view, refund) => {
                Ok(Verdict::Attend(Failure::new(
                    Reason::PaymentMismatch,
                    "another amount was refunded than requested",
                )))
            }
            RefundState::Succeeded => {
                returned(refund, goal, change)?;
                let order = &change.order;
                let is_all = order.returned() == order.captured && !is_refunding(order);
                Ok(match goal {
                    Goal::Everything | Goal::Unasked if !is_all => Verdict::More,
                    Goal::Everything | Goal::Unasked | Goal::One => Verdict::Done,
                })
            }
            RefundState::Failed => {
                settle(refund, RefundState::Failed, None, &mut change.order);
                Ok(Verdict::No(refusal("the refund was answered FAILED")))
            }
        },
        None if answer.is_absent() && scene.was_refused() => {
            settle(refund, RefundState::Failed, None, &mut change.order);
            Ok(Verdict::No(refusal(scene.last_error())))
        }
        None => Ok(Verdict::Absent),
    }
}

/// Why it was not done.
pub(super) fn refusal(message: &str) -> Failure {
    Failure::new(Reason::RefundFailed, message)
}

/// What this saga was to return is back with the buyer, through another channel: what the books lack of it is posted.
pub(super) fn settled_outside(
    scene: &Scene<'_>,
    goal: Goal,
    change: &mut Change,
) -> Result<(), Unreadable> {
    let order = &change.order;
    let pending = order.refunds.iter();
    let pending = pending.filter(|refund| refund.state == RefundState::Pending);
    let pending: Vec<_> = pending.cloned().collect();
    for refund in &pending {
        returned(refund, goal, change)?;
    }
    let left = change.order.refundable();
    let left = left.ok_or_else(|| Unreadable::missing("the captured amount"))?;
    let amount = match goal {
        Goal::One if !pending.is_empty() => 0,
        // It failed, and it was returned through another channel.
        Goal::One => requested_minor(scene).min(left.minor),
        Goal::Everything | Goal::Unasked => left.minor,
    };
    if amount > 0 {
        name(
            scene,
            goal,
            Money::new(amount, left.currency),
            OUTSIDE,
            change,
        );
        let named = change.order.refunds.last().cloned();
        let named = named.ok_or_else(|| Unreadable::missing("the saga's refund"))?;
        returned(&named, goal, change)?;
    }
    Ok(())
}

/// The provider returned this much more than the order knows, and no saga requested it: it is posted as a refund of the sale.
pub(super) fn found_outside(
    scene: &Scene<'_>,
    amount: Money,
    change: &mut Change,
) -> Result<(), Unreadable> {
    name(scene, Goal::One, amount, OUTSIDE, change);
    let named = change.order.refunds.last().cloned();
    let named = named.ok_or_else(|| Unreadable::missing("the saga's refund"))?;
    returned(&named, Goal::One, change)
}

/// Whether another saga of the order may still return money, so that returned money cannot be attributed.
pub(super) fn is_returned_by_another(scene: &Scene<'_>) -> bool {
    let (saga_id, mut refunds) = (scene.saga.saga_id, scene.order.refunds.iter());
    refunds.any(|refund| refund.state == RefundState::Pending && refund.saga_id != Some(saga_id))
}

/// This saga's refund that is on its way will not arrive.
pub(super) fn give_up(change: &mut Change) {
    for refund in pending_of(change.saga_id, &mut change.order) {
        refund.state = RefundState::Failed;
    }
}

/// Marks a refund of amount 0 as succeeded: no participant is called.
pub(super) fn settle_nothing(change: &mut Change) {
    for refund in pending_of(change.saga_id, &mut change.order) {
        if refund.amount.is_zero() {
            refund.state = RefundState::Succeeded;
        }
    }
}

fn pending_of(saga_id: SagaId, order: &mut Order) -> impl Iterator<Item = &mut Refund> {
    let refunds = order.refunds.iter_mut();
    refunds.filter(move |refund| {
        refund.saga_id == Some(saga_id) && refund.state == RefundState::Pending
    })
}

pub(super) fn is_refunding(order: &Order) -> bool {
    let mut refunds = order.refunds.iter();
    refunds.any(|refund| refund.state == RefundState::Pending)
}

/// This saga's refunds, oldest first.
fn own_refunds<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Refund> {
    let (order, saga_id) = (scene.order, scene.saga.saga_id);
    let refunds = order.refunds.iter();
    refunds.filter(move |refund| refund.saga_id == Some(saga_id))
}

fn pending<'a>(scene: &Scene<'a>) -> Option<&'a Refund> {
    own_refunds(scene).find(|refund| refund.state == RefundState::Pending)
}

fn has_tickets(order: &Order) -> bool {
    let mut tickets = order.tickets.iter();
    tickets.any(|ticket| ticket.state == TicketState::Booked)
}

fn is_another(view: &RefundView, refund: &Refund) -> bool {
    view.amount != Some(refund.amount)
}

fn settle(refund: &Refund, state: RefundState, shares: Option<Shares>, order: &mut Order) {
    for kept in &mut order.refunds {
        if kept.refund_id == refund.refund_id {
            kept.state = state;
            kept.shares = shares;
        }
    }
}

/// The provider gave back a refund that had succeeded: its entries are posted back. A new refund of the same amount is
/// reserved, which an operator requests or gives up.
pub(super) fn bounced(scene: &Scene<'_>, refund: &Refund, change: &mut Change) {
    match refund.shares {
        Some(shares) => change.ledger.extend(restored(refund.amount, shares)),
        None => suspense::bounced(change, refund.amount),
    }
    let order = &mut change.order;
    settle(refund, RefundState::Failed, None, order);
    let mut refunds = order.refunds.iter_mut();
    if let Some(kept) = refunds.find(|kept| kept.refund_id == refund.refund_id) {
        kept.is_posted_back = refund.shares.is_some();
    }
    order.refunds.push(Refund {
        refund_id: change.refund_id,
        state: RefundState::Pending,
        create_time: scene.now,
        saga_id: Some(change.saga_id),
        seat_ids: Vec::new(),
        shares: None,
        is_posted_back: false,
        ..refund.clone()
    });
    sum_up(order);
}

/// Updates what the order says of all its refunds.
fn sum_up(order: &mut Order) {
    order.refunded = order.returned();
    order.payment.state = if order.refunded == order.captured {
        PaymentState::Refunded
    } else if order.refunded.is_some_and(|refunded| refunded.minor > 0) {
        PaymentState::PartiallyRefunded
    } else {
        PaymentState::Captured
    };
}

/// The amount is back with the buyer: those who were owed it are owed less.
pub(super) fn returned(refund: &Refund, goal: Goal, change: &mut Change) -> Result<(), Unreadable> {
    let shares = match goal {
        Goal::One | Goal::Everything => {
            let shares = change.order.shares_of(refund);
            let shares = shares.ok_or_else(|| {
                Unreadable::part("the refund's shares", "more is returned than was taken")
            })?;
            change.ledger.extend(reversal(refund.amount, shares));
            Some(shares)
        }
        Goal::Unasked => {
            suspense::returned(change, refund.amount);
            None
        }
    };
    let order = &mut change.order;
    settle(refund, RefundState::Succeeded, shares, order);
    sum_up(order);
    Ok(())
}

/// New transactions against those of a refund that failed after it had succeeded.
fn restored(amount: Money, shares: Shares) -> [Transaction; 2] {
    let owed = [
        (Account::Refunds, Direction::Debit, amount),
        (Account::OrganizerPayable, Direction::Credit, shares.payable),
        (Account::PlatformFees, Direction::Credit, shares.fees),
        (Account::Tax, Direction::Credit, shares.tax),
    ];
    let paid = [
        (Account::ProviderClearing, Direction::Debit, amount),
        (Account::Refunds, Direction::Credit, amount),
    ];
    [
        Transaction::new("sale_restored", &owed).expect("the shares sum to the amount"),
        Transaction::new(Transaction::BOUNCED_REFUND, &paid)
            .expect("one amount on both sides balances"),
    ]
}

/// New transactions against those of the sale: what the books say once is never changed.
fn reversal(amount: Money, shares: Shares) -> [Transaction; 2] {
    let owed = [
        (Account::OrganizerPayable, Direction::Debit, shares.payable),
        (Account::PlatformFees, Direction::Debit, shares.fees),
        (Account::Tax, Direction::Debit, shares.tax),
        (Account::Refunds, Direction::Credit, amount),
    ];
    let paid = [
        (Account::Refunds, Direction::Debit, amount),
        (Account::ProviderClearing, Direction::Credit, amount),
    ];
    [
        Transaction::new("sale_reversal", &owed).expect("the shares sum to the amount"),
        Transaction::new("refund", &paid).expect("one amount on both sides balances"),
    ]
}
