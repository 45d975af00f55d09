//! What must hold at the end of a seed, whatever it said.

use std::collections::BTreeSet;

use crate::domain::{Account, Money, OrderState, RefundState, Saga, SagaState, Shares, StepState};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::world::{Ending, TARIFF, TOTAL, World, usd};
use crate::plans::{book_tickets, cancel_order};

/// The first promise that is broken. None: all are kept.
pub(super) fn complaint(journal: &SimulatedJournal, world: &World) -> Option<String> {
    if let Some(breach) = world.breach.as_ref().or(journal.breach.as_ref()) {
        return Some(breach.clone());
    }
    let mut sagas = journal.sagas();
    sagas
        .find_map(|saga| of_saga(saga, journal.resolved.contains(&saga.saga_id)))
        .or_else(|| of_money(journal, world))
        .or_else(|| of_seats(journal, world))
        .or_else(|| of_messages(journal))
        .or_else(|| of_ledger(journal, world))
}

fn of_saga(saga: &Saga, is_resolved: bool) -> Option<String> {
    if !saga.state.has_ended() {
        return Some(format!(
            "{} never ended: {:?} at {}, {:?}",
            saga.kind, saga.state, saga.cursor, saga.failure
        ));
    }
    let undone = saga.steps.iter().all(|step| match step.state {
        StepState::Compensated | StepState::Skipped => true,
        StepState::Pending
        | StepState::Running
        | StepState::Succeeded
        | StepState::Failed
        | StepState::Unknown => false,
    });
    let unwound = saga.kind == book_tickets::KIND && saga.state == SagaState::Compensated;
    (unwound && !undone && !is_resolved).then(|| "a step that was sent is not undone".into())
}

fn of_money(journal: &SimulatedJournal, world: &World) -> Option<String> {
    let (order, provider) = (journal.order(), &world.provider);
    if provider.captures > 1 {
        return Some(format!("{} captures", provider.captures));
    }
    if !provider.is_settled() {
        return Some("money is reserved still".into());
    }
    let (captured, refunded) = (provider.captured, provider.refunded());
    if order.state == OrderState::Confirmed && captured != TOTAL {
        return Some(format!("{captured} captured of a CONFIRMED order"));
    }
    if order.state != OrderState::Confirmed && captured != refunded {
        return Some(format!(
            "captured {captured} less refunded {refunded} of a {:?} order",
            order.state
        ));
    }
    let minor = |money: Option<Money>| money.map_or(0, |money| money.minor);
    if minor(order.captured) != captured || minor(order.refunded) != refunded {
        return Some(format!(
            "the order tells {:?} and {:?} of {captured} and {refunded}",
            order.captured, order.refunded
        ));
    }
    let mut refunds = order.refunds.iter();
    refunds
        .any(|refund| refund.state == RefundState::Pending)
        .then(|| "a refund is PENDING for ever".into())
}

fn of_seats(journal: &SimulatedJournal, world: &World) -> Option<String> {
    let order = journal.order();
    let live: Vec<&str> = order.live_seats().collect();
    let booked = world.inventory.booked();
    if live != booked {
        return Some(format!("{booked:?} is booked of the live {live:?}"));
    }
    if live.is_empty() == (order.state == OrderState::Confirmed) {
        return Some(format!("{live:?} is live of a {:?} order", order.state));
    }
    (world.inventory.seats == Ending::Held).then(|| "seats are still held".into())
}

fn of_messages(journal: &SimulatedJournal) -> Option<String> {
    let order = journal.order();
    if usize::try_from(journal.units) != Ok(order.live_seats().count()) {
        return Some(format!("{} units of usage", journal.units));
    }
    let sent: BTreeSet<&String> = journal.notifications.iter().collect();
    if sent.len() != journal.notifications.len() {
        return Some(format!(
            "a notification is sent twice: {:?}",
            journal.notifications
        ));
    }
    let count = |template: &str| sent.iter().filter(|id| id.ends_with(template)).count();
    let mut sagas = journal.sagas();
    let cancelled =
        sagas.any(|saga| saga.kind == cancel_order::KIND && saga.state == SagaState::Completed);
    let as_it_was = count("/booking_confirmed") == usize::from(journal.was_sold)
        && count("/order_cancelled") == usize::from(cancelled);
    (!as_it_was).then(|| format!("{sent:?} was sent"))
}

fn of_ledger(journal: &SimulatedJournal, world: &World) -> Option<String> {
    let kept = world.provider.captured - world.provider.refunded();
    if journal.balances.values().sum::<i64>() != 0 {
        return Some(format!("the ledger differs by {:?}", journal.balances));
    }
    let balances = [
        (Account::ProviderClearing, kept),
        (Account::Suspense, 0),
        (Account::Refunds, 0),
        (Account::Buyer, 0),
    ];
    let owed = owed(journal).into_iter().chain(owed_by_tickets(journal));
    let mut wrong = balances
        .into_iter()
        .chain(owed.flatten())
        .filter(|(account, expected)| journal.balance(*account) != *expected);
    wrong
        .next()
        .map(|(account, expected)| format!("{account:?} is not {expected}: {:?}", journal.balances))
}

type Owed = [(Account, i64); 3];

fn credits([payable, fees, tax]: [Money; 3]) -> Owed {
    [
        (Account::OrganizerPayable, -payable.minor),
        (Account::PlatformFees, -fees.minor),
        (Account::Tax, -tax.minor),
    ]
}

/// The sale less the shares of every refund.
fn owed(journal: &SimulatedJournal) -> Option<Owed> {
    let charges = journal.order().charges.filter(|_| journal.was_sold);
    let Some(charges) = charges else {
        return Some(credits([usd(0); 3]));
    };
    let mut left = [charges.subtotal, charges.booking_fee, charges.tax];
    let refunds = journal.order().refunds.iter();
    for taken in refunds.filter_map(|refund| refund.shares) {
        let taken = [taken.payable, taken.fees, taken.tax];
        for (left, taken) in left.iter_mut().zip(taken) {
            *left = left.minus(taken).ok()?;
        }
    }
    Some(credits(left))
}

/// What the live tickets cost, where every refund returned just what its seats cost (rule 20).
fn owed_by_tickets(journal: &SimulatedJournal) -> Option<Owed> {
    let order = journal.order();
    let by_seats = order.refunds.iter().all(|refund| {
        let due = refund.seats_due.map(Shares::sum);
        refund.state == RefundState::Succeeded && due == Some(Ok(refund.amount))
    });
    if !journal.was_sold || !by_seats {
        return None;
    }
    let prices: Vec<Money> = order.live_tickets().filter_map(|one| one.price).collect();
    if prices.is_empty() {
        return Some(credits([usd(0); 3]));
    }
    let charges = TARIFF.charge(&prices).ok()?;
    Some(credits([
        charges.subtotal,
        charges.booking_fee,
        charges.tax,
    ]))
}
