//! The tables as sea-orm entities: one module per table, columns in the order of the migration.
//!
//! Entities never leave `store`; `row` converts them to and from domain types. Times are microseconds since 1970
//! (`_us`).

// The derives write `pub` items, which nothing outside `store` can reach.
#![allow(unreachable_pub)]

/// One row per order. `saga_id` is the `book_tickets` saga; `body` is `row::body::Order` as JSON.
pub mod order {
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
}

/// One row per run of a plan. `commit_id` is the last commit applied to it; `body` is `row::body::Saga` as JSON.
///
/// The generated column `wake_us` is not part of the model: statements filter by it and never select or write it.
pub mod saga {
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
}

/// Saga history: append-only lines, keyed by the saga version that the commit produced and the line's index in it.
pub mod history {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "saga_history")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub saga_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub line: i64,
        pub commit_id: Uuid,
        pub time_us: i64,
        pub event: String,
        pub step: String,
        pub detail: String,
        pub actor: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Ledger entries: append-only. `minor` is the amount in the currency's minor unit, positive for both directions.
pub mod ledger {
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
}

/// The outbox: one row per delivery. `body` is `domain::Message` as JSON.
pub mod delivery {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        pub order_id: Uuid,
        pub organization_id: String,
        pub kind: String,
        pub state: String,
        pub attempts: i64,
        pub last_error: Option<String>,
        pub due_us: Option<i64>,
        pub owner: Option<String>,
        pub lease_until_us: Option<i64>,
        pub create_us: i64,
        pub body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Idempotency keys: one row per key within its scope, with the saga that the keyed request started.
pub mod key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organization_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub caller: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub method: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub idempotency_key: String,
        pub fingerprint: Vec<u8>,
        pub order_id: Uuid,
        pub saga_id: Uuid,
        pub expire_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Processed webhooks: one row per id that the sender assigned.
pub mod webhook {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub webhook_id: String,
        pub event: String,
        pub order_id: Option<Uuid>,
        pub verdict: String,
        pub receive_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
