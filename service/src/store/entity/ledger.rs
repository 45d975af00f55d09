//! The books. Only ever added to.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: Uuid,
    pub transaction_id: Uuid,
    pub organization_id: String,
    pub order_id: Uuid,
    pub account: String,
    pub direction: String,
    pub currency: String,
    pub minor: i64,
    pub kind: String,
    pub create_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
