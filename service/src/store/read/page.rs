//! Where a page starts and ends. Knows no table.

use std::time::Duration;

use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::domain::{Cursor, Page, Timestamp};
use crate::store::Error;

/// Upper bound on how far the clock of the replica that generated an id may lag behind the database's clock.
const SKEW_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The row limit for a page of `size`: one more row shows whether there is a next page.
pub(super) fn one_more(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1)
}

pub(super) fn cursor(create_us: i64, id: Uuid) -> Cursor {
    Cursor {
        create_time: Timestamp::from_micros(create_us),
        id,
    }
}

/// The condition that a row is older than the cursor. One comparison of pairs, which both databases answer from the
/// index.
pub(super) fn behind<C: ColumnTrait>(create_us: C, id: C, after: Cursor) -> Condition {
    let row = Expr::tuple([create_us.into_expr(), id.into_expr()]);
    let last = Expr::tuple([
        Expr::value(after.create_time.micros()),
        Expr::value(after.id),
    ]);
    Condition::all().add(row.lt(last))
}

/// Cuts `rows`, read with `one_more(size)`, to a page. Rows that cannot be decoded are logged and skipped.
pub(super) fn paged<R, T>(
    mut rows: Vec<R>,
    size: usize,
    cursor: impl Fn(&R) -> Cursor,
    decode: impl Fn(R) -> Result<T, Error>,
) -> Page<T> {
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| has_more).map(cursor);
    let logged = |item: Result<T, Error>| {
        item.inspect_err(|error| tracing::error!(%error, "skipped a row that cannot be decoded"))
            .ok()
    };
    Page {
        items: rows.into_iter().map(decode).filter_map(logged).collect(),
        next,
    }
}

/// The smallest id that can have been generated at this time or later.
pub(super) fn first_id(time: Timestamp) -> Uuid {
    let millis = time.minus(SKEW_MAX).micros() / 1_000;
    let millis = u64::try_from(millis).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
