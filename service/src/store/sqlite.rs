//! A batch of commits on SQLite: row by row in one transaction that is the only writer from its first statement on.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IntoActiveModel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::entity::{delivery, history, key, ledger, order, saga};
use super::facts::{Unread, now_us};
use super::verdict::{Verdict, judge};
use super::{facts, row};
use crate::domain::Outcome;
use crate::domain::{Commit, Guard};

/// Begins a transaction that writes. On SQLite it takes the file's lock now: one that reads first and writes later
/// would fail, instead of waiting, when another wrote in between.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: (db.get_database_backend() == DbBackend::Sqlite)
            .then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    })
    .await
}

/// Judges and writes these commits. Dropped, it leaves nothing, unless the commit itself was under way.
pub(super) async fn write(
    db: &DatabaseConnection,
    lease_us: i64,
    commits: &[&Commit],
) -> Result<Vec<Outcome>, Unread> {
    let transaction = begin(db).await?;
    let mut outcomes = Vec::with_capacity(commits.len());
    for commit in commits {
        let facts = facts::read(&transaction, commit).await?;
        outcomes.push(match judge(commit, &facts) {
            Verdict::Settled(outcome) => outcome,
            Verdict::Write { replaces_key } => {
                if let Some(found) = facts.key.filter(|_| replaces_key) {
                    facts::forget(&transaction, &found.row).await?;
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
        let begun = saga::Entity::insert(successor);
        begun.exec_without_returning(db).await?;
    }
    if let Some(write) = &commit.order {
        let order = row::from_order(&write.order).into_active_model();
        match write.seen {
            None => drop(
                order::Entity::insert(order)
                    .exec_without_returning(db)
                    .await?,
            ),
            Some(_) => drop(order::Entity::update(order.reset_all()).exec(db).await?),
        }
    }
    if let Some(key) = &commit.key {
        let key = row::from_key(key).into_active_model();
        key::Entity::insert(key).exec_without_returning(db).await?;
    }
    let history: Vec<_> = row::from_history(commit)
        .map(IntoActiveModel::into_active_model)
        .collect();
    if !history.is_empty() {
        history::Entity::insert_many(history)
            .exec_without_returning(db)
            .await?;
    }
    let entries = commit
        .ledger
        .iter()
        .map(|entry| row::from_entry(entry).into_active_model());
    if !commit.ledger.is_empty() {
        ledger::Entity::insert_many(entries)
            .exec_without_returning(db)
            .await?;
    }
    let messages = commit
        .outbox
        .iter()
        .map(|message| row::from_delivery(message).into_active_model());
    if !commit.outbox.is_empty() {
        delivery::Entity::insert_many(messages)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The transaction holds the only write lock, so the guards that were judged still hold.
async fn write_saga(db: &DatabaseTransaction, lease_us: i64, commit: &Commit) -> Result<(), DbErr> {
    use saga::Column;
    let row = row::from_saga(commit);
    let saga_id = row.saga_id;
    let (due_us, owner) = (row.due_us, row.owner.clone());
    let now = now_us(DbBackend::Sqlite);
    let mut update = saga::Entity::update_many().filter(Column::SagaId.eq(saga_id));
    match commit.guard {
        Guard::Begin => {
            let begun = saga::Entity::insert(row.into_active_model());
            begun.exec_without_returning(db).await?;
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
