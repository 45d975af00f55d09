//! One row per run of a plan. `commit_id` is the last commit that it took; `body` is `body::Saga` as JSON.
//!
//! The column `wake_us`, which the database computes, is left out: it is asked about, never read or written.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saga_instances")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub saga_id: Uuid,
    pub kind: String,
    pub definition_version: i64,
    pub organization_id: String,
    pub order_id: Uuid,
    pub state: String,
    pub due_us: Option<i64>,
    pub owner: Option<String>,
    pub lease_until_us: Option<i64>,
    pub epoch: i64,
    pub version: i64,
    pub commit_id: Uuid,
    pub create_us: i64,
    pub update_us: i64,
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
