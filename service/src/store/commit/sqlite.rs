//! Writes a batch of commits on SQLite: row by row, in one transaction that holds the write lock from its start.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IntoActiveModel};

use super::decision::{Decision, decide};
use super::state::StoredState;
use crate::domain::{Commit, Guard, Outcome};
use crate::store::clock::now_us;
use crate::store::connection::begin;
use crate::store::entity::{delivery, history, key, ledger, order, saga};
use crate::store::error::QueryError;
use crate::store::keys::lookup;
use crate::store::row;

/// Decides about these commits and writes those that may be written. If the future is dropped, nothing is written,
/// unless the COMMIT was already sent.
pub(super) async fn write(
    db: &DatabaseConnection,
    lease_us: i64,
    commits: &[&Commit],
) -> Result<Vec<Outcome>, QueryError> {
    let transaction = begin(db).await?;
    let mut outcomes = Vec::with_capacity(commits.len());
    for commit in commits {
        let state = StoredState::read(&transaction, commit).await?;
        outcomes.push(match decide(commit, &state) {
            Decision::Answer(outcome) => outcome,
            Decision::Write { replaces_key } => {
                if let Some(found) = state.key.filter(|_| replaces_key) {
                    lookup::delete(&transaction, &found.row).await?;
                }
                write_one(&transaction, lease_us, commit).await?;
                Outcome::Applied
            }
        });
    }
    transaction.commit().await?;
    Ok(outcomes)
}

async fn write_one(db: &DatabaseTransaction, lease_us: i64, commit: &Commit) -> Result<(), DbErr> {
    write_saga(db, lease_us, commit).await?;
    if let Some(successor) = &commit.successor {
        let successor = row::from_successor(successor, commit).into_active_model();
        let inserted = saga::Entity::insert(successor);
        inserted.exec_without_returning(db).await?;
    }
    write_order(db, commit).await?;
    if let Some(key) = &commit.key {
        let key = row::from_key(key).into_active_model();
        key::Entity::insert(key).exec_without_returning(db).await?;
    }
    let history: Vec<_> = row::from_history(commit)
        .map(IntoActiveModel::into_active_model)
        .collect();
    if !history.is_empty() {
        let inserted = history::Entity::insert_many(history);
        inserted.exec_without_returning(db).await?;
    }
    if !commit.ledger.is_empty() {
        let entries = commit.ledger.iter().map(row::from_entry);
        let inserted = ledger::Entity::insert_many(entries.map(IntoActiveModel::into_active_model));
        inserted.exec_without_returning(db).await?;
    }
    if !commit.outbox.is_empty() {
        let messages = commit.outbox.iter().map(row::from_delivery);
        let inserted =
            delivery::Entity::insert_many(messages.map(IntoActiveModel::into_active_model));
        inserted.exec_without_returning(db).await?;
    }
    Ok(())
}

async fn write_order(db: &DatabaseTransaction, commit: &Commit) -> Result<(), DbErr> {
    let Some(write) = &commit.order else {
        return Ok(());
    };
    let order = row::from_order(&write.order).into_active_model();
    match write.seen {
        None => {
            let inserted = order::Entity::insert(order);
            inserted.exec_without_returning(db).await.map(drop)
        }
        Some(_) => {
            let updated = order::Entity::update(order.reset_all());
            updated.exec(db).await.map(drop)
        }
    }
}

/// Inserts or updates the saga. The transaction holds the only write lock, so the guards that were checked still hold.
async fn write_saga(db: &DatabaseTransaction, lease_us: i64, commit: &Commit) -> Result<(), DbErr> {
    use saga::Column;
    let row = row::from_saga(commit);
    let saga_id = row.saga_id;
    let (due_us, owner) = (row.due_us, row.owner.clone());
    let now = now_us(DbBackend::Sqlite);
    let mut update = saga::Entity::update_many().filter(Column::SagaId.eq(saga_id));
    match commit.guard {
        Guard::Begin => {
            let inserted = saga::Entity::insert(row.into_active_model());
            inserted.exec_without_returning(db).await?;
            if owner.is_none() {
                return Ok(());
            }
        }
        Guard::Owned { .. } | Guard::StepIn { .. } | Guard::AtRest { .. } => {
            update = update
                .col_expr(Column::State, Expr::value(row.state))
                .col_expr(Column::DueUs, Expr::value(due_us))
                .col_expr(Column::Version, Expr::value(row.version))
                .col_expr(Column::CommitId, Expr::value(row.commit_id))
                .col_expr(Column::UpdateUs, Expr::value(row.update_us))
                .col_expr(Column::Body, Expr::value(row.body));
        }
    }
    let update = match commit.guard {
        Guard::Begin | Guard::Owned { .. } => {
            let lease_until_us = match owner {
                Some(_) => Expr::cust(format!("{now} + {lease_us}")),
                None => Expr::value(None::<i64>),
            };
            update
                .col_expr(Column::Owner, Expr::value(owner))
                .col_expr(Column::LeaseUntilUs, lease_until_us)
        }
        Guard::StepIn { .. } | Guard::AtRest { .. } if due_us.is_some() => {
            update.col_expr(Column::DueUs, Expr::cust(now))
        }
        Guard::StepIn { .. } | Guard::AtRest { .. } => update,
    };
    update.exec(db).await.map(drop)
}
