//! Reads orders.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::page::{behind, cursor, one_more, paged};
use crate::domain::{Order, OrderFilter, OrderId, Page, PageRequest};
use crate::store::connection::bounded;
use crate::store::entity::order;
use crate::store::{Error, Store, row};

impl Store {
    /// An order by its id; `None` if there is none. Errors: Unavailable, Corrupt.
    pub async fn order(&self, order_id: OrderId) -> Result<Option<Order>, Error> {
        let found = order::Entity::find_by_id(order_id.uuid());
        let found = bounded("read an order", found.one(&self.pools.reads)).await?;
        found.map(row::to_order).transpose()
    }

    /// A page of orders, newest first. Rows that cannot be decoded are logged and skipped.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, Error> {
        use order::Column;
        let states = filter.states.iter().map(|state| state.as_str());
        let user = filter
            .user_id
            .as_ref()
            .map(|id| Column::UserId.eq(id.as_str()));
        let event = filter
            .event_id
            .as_ref()
            .map(|id| Column::EventId.eq(id.as_str()));
        let from = filter
            .create_time_after
            .map(|time| Column::CreateUs.gte(time.micros()));
        let before = filter
            .create_time_before
            .map(|time| Column::CreateUs.lt(time.micros()));
        let wanted = Condition::all()
            .add(Column::OrganizationId.eq(filter.organization_id.as_str()))
            .add_option(user)
            .add_option(event)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(from)
            .add_option(before)
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::OrderId, after)),
            );
        let rows = order::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::OrderId)
            .limit(one_more(page.size));
        let rows = bounded("list orders", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &order::Model| cursor(row.create_us, row.order_id);
        Ok(paged(rows, page.size, cursor, row::to_order))
    }
}
