//! Ledger constraints on Postgres: every transaction balances per currency, and entries are append-only. SQLite has no
//! statement-level triggers; there only the code that builds the entries enforces both.
//!
//! Every ledger transaction is inserted by one statement, so the check runs once per statement over the inserted rows.
//! It reads no table and needs no index, unlike a deferred row trigger, which would read each transaction once per row.
//! It is also stricter: each statement must balance, not only the final state of a commit.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(Debug)]
pub(crate) struct Migration;

const UP: [&str; 4] = [
    "CREATE OR REPLACE FUNCTION ledger_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lame record;
BEGIN
    SELECT transaction_id, currency INTO lame FROM added
    GROUP BY transaction_id, currency
    HAVING SUM(CASE direction WHEN 'DEBIT' THEN minor WHEN 'CREDIT' THEN -minor END) IS DISTINCT FROM 0
        OR COUNT(*) FILTER (WHERE direction NOT IN ('DEBIT', 'CREDIT')) > 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero in %', lame.transaction_id, lame.currency
            USING ERRCODE = 'check_violation', TABLE = 'ledger_entries', CONSTRAINT = 'ledger_entries_balance';
    END IF;
    RETURN NULL;
END
$$",
    "CREATE OR REPLACE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balance()",
    "CREATE OR REPLACE FUNCTION ledger_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are only ever added to'
        USING ERRCODE = 'check_violation', TABLE = 'ledger_entries', CONSTRAINT = 'ledger_entries_stay';
END
$$",
    "CREATE OR REPLACE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entries_stay()",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000003_books_balance"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            for statement in UP {
                db.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }
}
