//! One row per order. `saga_id` is the saga that makes it; `body` is `body::Order` as JSON.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    pub organization_id: String,
    pub user_id: String,
    pub event_id: String,
    pub saga_id: Uuid,
    pub state: String,
    pub version: i64,
    pub create_us: i64,
    pub update_us: i64,
    pub expire_us: Option<i64>,
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
