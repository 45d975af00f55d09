//! Reads deliveries for operators: one by id, or pages, newest first.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::page::{behind, cursor, one_more, paged};
use crate::domain::{Delivery, DeliveryFilter, DeliveryId, Page, PageRequest};
use crate::store::connection::bounded;
use crate::store::entity::delivery;
use crate::store::{Error, Store, row};

impl Store {
    /// A delivery by its id; `None` if there is none.
    pub async fn delivery(&self, delivery_id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let found = delivery::Entity::find_by_id(delivery_id.uuid());
        let found = bounded("read a delivery", found.one(&self.pools.reads)).await?;
        found.map(row::to_delivery).transpose()
    }

    /// A page of deliveries, newest first. Rows that cannot be decoded are logged and skipped.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        use delivery::Column;
        let organization = filter.organization_id.as_ref();
        let order = filter.order_id.map(|id| Column::OrderId.eq(id.uuid()));
        let kind = filter.kind.map(|kind| Column::Kind.eq(kind.as_str()));
        let states = filter.states.iter().map(|state| state.as_str());
        let wanted = Condition::all()
            .add_option(organization.map(|id| Column::OrganizationId.eq(id.as_str())))
            .add_option(order)
            .add_option(kind)
            .add_option((!filter.states.is_empty()).then(|| Column::State.is_in(states)))
            .add_option(
                page.after
                    .map(|after| behind(Column::CreateUs, Column::DeliveryId, after)),
            );
        let rows = delivery::Entity::find()
            .filter(wanted)
            .order_by_desc(Column::CreateUs)
            .order_by_desc(Column::DeliveryId)
            .limit(one_more(page.size));
        let rows = bounded("list deliveries", rows.all(&self.pools.reads)).await?;
        let cursor = |row: &delivery::Model| cursor(row.create_us, row.delivery_id);
        Ok(paged(rows, page.size, cursor, row::to_delivery))
    }
}
