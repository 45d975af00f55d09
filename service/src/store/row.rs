//! Between rows and what the domain knows: writing cannot fail, reading says what is wrong with a row.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::entity::{delivery, history, key, ledger, order, saga};
use super::{Error, body};
use crate::domain::{
    Attention, Commit, CommitId, Currency, Delivery, Guard, HistoryEntry, KeyRow, LedgerEntry,
    Money, Order, Saga, SagaId, Scope, Successor, Timestamp, Way,
};

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("its maps have texts for keys, and it writes to memory")
}

/// serde_json's own message may quote what it read, which may be a contact: only the place is told.
fn from_json<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| {
        format!(
            "its body is not as expected at character {}",
            error.column()
        )
    })
}

/// Postgres keeps no NUL in a text, and what participants and callers say may hold one.
pub(super) fn text(free: &str) -> String {
    free.replace('\0', "\u{fffd}")
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::micros)
}

fn corrupt(what: &'static str, id: Uuid) -> impl Fn(&dyn Display) -> Error {
    move |why| Error::Corrupt {
        what,
        id: id.to_string(),
        why: why.to_string(),
    }
}

/// The version that a commit leaves its saga at.
pub(super) fn next_version(guard: Guard) -> i64 {
    guard.seen_version().map_or(1, |version| version + 1)
}

pub(super) fn from_order(order: &Order) -> order::Model {
    order::Model {
        order_id: order.order_id.uuid(),
        organization_id: order.organization_id.to_string(),
        user_id: order.user_id.to_string(),
        event_id: order.event_id.to_string(),
        saga_id: order.saga_id.uuid(),
        state: order.state.as_str().to_owned(),
        version: order.version,
        create_us: order.create_time.micros(),
        update_us: order.update_time.micros(),
        expire_us: micros(order.expire_time),
        body: json(&body::Order {
            tickets: order.tickets.clone(),
            payment: order.payment.clone(),
            contact: order.contact.clone(),
            charges: order.charges,
            captured: order.captured,
            refunded: order.refunded,
            refunds: order.refunds.clone(),
            hold_id: order.hold_id.clone(),
            booking_id: order.booking_id.clone(),
            failure: order.failure.clone(),
            metadata: order.metadata.clone(),
        }),
    }
}

pub(super) fn to_order(row: order::Model) -> Result<Order, Error> {
    let bad = corrupt("order", row.order_id);
    let body: body::Order = from_json(&row.body).map_err(|why| bad(&why))?;
    Ok(Order {
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        user_id: row.user_id.try_into().map_err(|e| bad(&e))?,
        event_id: row.event_id.try_into().map_err(|e| bad(&e))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        tickets: body.tickets,
        charges: body.charges,
        captured: body.captured,
        refunded: body.refunded,
        payment: body.payment,
        refunds: body.refunds,
        hold_id: body.hold_id,
        booking_id: body.booking_id,
        failure: body.failure,
        contact: body.contact,
        metadata: body.metadata,
        saga_id: row.saga_id.into(),
        create_time: Timestamp::from_micros(row.create_us),
        update_time: Timestamp::from_micros(row.update_us),
        expire_time: row.expire_us.map(Timestamp::from_micros),
        version: row.version,
    })
}

/// The saga of a commit. Its epoch and its lease are the statement's to write.
pub(super) fn from_saga(commit: &Commit) -> saga::Model {
    saga_row(&commit.saga, next_version(commit.guard), commit)
}

/// The saga that begins with a commit of another.
pub(super) fn from_successor(successor: &Successor, commit: &Commit) -> saga::Model {
    saga_row(&successor.saga, 1, commit)
}

fn saga_row(saga: &Saga, version: i64, commit: &Commit) -> saga::Model {
    saga::Model {
        saga_id: saga.saga_id.uuid(),
        kind: saga.kind.clone(),
        definition_version: i64::from(saga.definition_version),
        organization_id: saga.organization_id.to_string(),
        order_id: saga.order_id.uuid(),
        state: saga.state.as_str().to_owned(),
        due_us: micros(saga.due_time),
        owner: saga.owner.as_ref().map(ToString::to_string),
        lease_until_us: None,
        epoch: 1,
        version,
        commit_id: commit.commit_id.uuid(),
        create_us: saga.create_time.micros(),
        update_us: saga.update_time.micros(),
        body: json(&body::Saga {
            way: saga.way,
            cursor: saga.cursor,
            steps: saga.steps.clone(),
            failure: saga.failure.clone(),
            unwind_asked: saga.unwind_asked,
            hint_time: saga.hint_time,
            payload: saga.payload.clone(),
            sealed_token: saga.sealed_token.clone(),
        }),
    }
}

pub(super) fn to_saga(row: saga::Model) -> Result<Saga, Error> {
    let bad = corrupt("saga", row.saga_id);
    let body: body::Saga = from_json(&row.body).map_err(|why| bad(&why))?;
    let owner = row.owner.map(TryInto::try_into).transpose();
    Ok(Saga {
        saga_id: row.saga_id.into(),
        kind: row.kind,
        definition_version: u32::try_from(row.definition_version).map_err(|e| bad(&e))?,
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        way: body.way,
        cursor: body.cursor,
        steps: body.steps,
        failure: body.failure,
        unwind_asked: body.unwind_asked,
        hint_time: body.hint_time,
        payload: body.payload,
        sealed_token: body.sealed_token,
        owner: owner.map_err(|e| bad(&e))?,
        due_time: row.due_us.map(Timestamp::from_micros),
        epoch: row.epoch,
        version: row.version,
        create_time: Timestamp::from_micros(row.create_us),
        update_time: Timestamp::from_micros(row.update_us),
    })
}

/// A saga as operators see it: one whose body cannot be read stands there without its steps, and says why.
pub(super) fn shown_saga(row: saga::Model) -> Result<Saga, Error> {
    let unreadable = match to_saga(row.clone()) {
        Ok(saga) => return Ok(saga),
        Err(unreadable) => unreadable,
    };
    let nothing = body::Saga {
        way: Way::Forward,
        cursor: 0,
        steps: Vec::new(),
        failure: Some(Attention {
            reason: "UNREADABLE".to_owned(),
            message: format!("{unreadable}: mend the row, then RetrySaga"),
            next_moves: vec!["RetrySaga".to_owned()],
            stopped_by: None,
        }),
        unwind_asked: false,
        hint_time: None,
        payload: String::new(),
        sealed_token: None,
    };
    to_saga(saga::Model {
        body: json(&nothing),
        ..row
    })
}

/// Each line of a commit, the first of its successor's included.
pub(super) fn from_history(commit: &Commit) -> impl Iterator<Item = history::Model> {
    let (saga_id, version) = (commit.saga.saga_id, next_version(commit.guard));
    let own = commit.history.iter().zip(0..);
    let own = own.map(move |(entry, line)| line_row(entry, saga_id, (version, line), commit));
    let first =
        |successor: &Successor| line_row(&successor.line, successor.saga.saga_id, (1, 0), commit);
    own.chain(commit.successor.as_deref().map(first))
}

fn line_row(
    entry: &HistoryEntry,
    saga_id: SagaId,
    (version, line): (i64, i64),
    commit: &Commit,
) -> history::Model {
    history::Model {
        saga_id: saga_id.uuid(),
        version,
        line,
        commit_id: commit.commit_id.uuid(),
        time_us: entry.time.micros(),
        event: text(&entry.event),
        step: text(&entry.step),
        detail: text(&entry.detail),
        actor: text(&entry.actor),
    }
}

/// The line that says that a saga's row could not be read.
pub(super) fn parked(row: &saga::Model, why: &str, now: Timestamp) -> history::Model {
    history::Model {
        saga_id: row.saga_id,
        version: row.version + 1,
        line: 0,
        commit_id: CommitId::generate().uuid(),
        time_us: now.micros(),
        event: "parked".to_owned(),
        step: String::new(),
        detail: text(why),
        actor: "system".to_owned(),
    }
}

pub(super) fn to_history(row: history::Model) -> HistoryEntry {
    HistoryEntry {
        time: Timestamp::from_micros(row.time_us),
        event: row.event,
        step: row.step,
        detail: row.detail,
        actor: row.actor,
    }
}

pub(super) fn from_entry(entry: &LedgerEntry) -> ledger::Model {
    ledger::Model {
        entry_id: entry.entry_id.uuid(),
        transaction_id: entry.transaction_id.uuid(),
        organization_id: entry.organization_id.to_string(),
        order_id: entry.order_id.uuid(),
        account: entry.account.as_str().to_owned(),
        direction: entry.direction.as_str().to_owned(),
        currency: entry.amount.currency.code().to_owned(),
        minor: entry.amount.minor,
        kind: entry.kind.clone(),
        create_us: entry.create_time.micros(),
    }
}

pub(super) fn to_entry(row: ledger::Model) -> Result<LedgerEntry, Error> {
    let bad = corrupt("ledger entry", row.entry_id);
    let currency: Currency = row.currency.parse().map_err(|e| bad(&e))?;
    Ok(LedgerEntry {
        entry_id: row.entry_id.into(),
        transaction_id: row.transaction_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        order_id: row.order_id.into(),
        account: row.account.parse().map_err(|e| bad(&e))?,
        direction: row.direction.parse().map_err(|e| bad(&e))?,
        amount: Money::new(row.minor, currency),
        kind: row.kind,
        create_time: Timestamp::from_micros(row.create_us),
    })
}

pub(super) fn from_delivery(delivery: &Delivery) -> delivery::Model {
    delivery::Model {
        delivery_id: delivery.delivery_id.uuid(),
        order_id: delivery.order_id.uuid(),
        organization_id: delivery.organization_id.to_string(),
        kind: delivery.message.kind().as_str().to_owned(),
        state: delivery.state.as_str().to_owned(),
        attempts: i64::from(delivery.attempts),
        last_error: delivery.last_error.as_deref().map(text),
        due_us: micros(delivery.next_attempt_time),
        owner: None,
        lease_until_us: None,
        create_us: delivery.create_time.micros(),
        body: json(&delivery.message),
    }
}

pub(super) fn to_delivery(row: delivery::Model) -> Result<Delivery, Error> {
    let bad = corrupt("delivery", row.delivery_id);
    Ok(Delivery {
        delivery_id: row.delivery_id.into(),
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        message: from_json(&row.body).map_err(|why| bad(&why))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        attempts: u32::try_from(row.attempts).map_err(|e| bad(&e))?,
        last_error: row.last_error,
        next_attempt_time: row.due_us.map(Timestamp::from_micros),
        create_time: Timestamp::from_micros(row.create_us),
    })
}

pub(super) fn from_key(key: &KeyRow) -> key::Model {
    key::Model {
        organization_id: key.scope.organization.clone(),
        caller: key.scope.caller.clone(),
        method: key.scope.method.clone(),
        idempotency_key: key.scope.key.clone(),
        fingerprint: key.fingerprint.to_vec(),
        order_id: key.order_id.uuid(),
        saga_id: key.saga_id.uuid(),
        expire_us: key.expire_time.micros(),
    }
}

pub(super) fn to_key(row: key::Model) -> Result<KeyRow, Error> {
    let bad = corrupt("idempotency key of saga", row.saga_id);
    let fingerprint = row.fingerprint.try_into();
    Ok(KeyRow {
        scope: Scope {
            organization: row.organization_id,
            caller: row.caller,
            method: row.method,
            key: row.idempotency_key,
        },
        fingerprint: fingerprint.map_err(|_| bad(&"its fingerprint is not of 32 bytes"))?,
        order_id: row.order_id.into(),
        saga_id: row.saga_id.into(),
        expire_time: Timestamp::from_micros(row.expire_us),
    })
}
