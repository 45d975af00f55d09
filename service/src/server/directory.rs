//! Looks up the tenant of an order, saga or delivery, for the scope of idempotency keys in requests that name no tenant.

use std::time::Duration;

use futures::future::BoxFuture;

use crate::app::App;
use crate::domain::{OrganizationId, Scope};
use crate::error::Error;
use crate::idempotency::{Directory, Object};

/// How long one look-up may take: it delays a request before anything has begun.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Looks tenants up through the use cases.
#[derive(Debug)]
pub(super) struct Tenants(App);

impl Tenants {
    pub(super) fn new(app: App) -> Self {
        Self(app)
    }
}

impl Directory for Tenants {
    fn has_settled<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let settled = tokio::time::timeout(ANSWER_WITHIN, self.0.key_has_settled(scope));
            settled.await.unwrap_or(false)
        })
    }

    fn organization_of(
        &self,
        object: Object,
    ) -> BoxFuture<'_, Result<Option<OrganizationId>, Error>> {
        let finding = async move {
            let found = match object {
                Object::Order(order_id) => self
                    .0
                    .get_order(order_id)
                    .await
                    .map(|order| order.organization_id),
                Object::Saga(saga_id) => self
                    .0
                    .get_saga(saga_id)
                    .await
                    .map(|(saga, _)| saga.organization_id),
                Object::Delivery(delivery_id) => self
                    .0
                    .get_delivery(delivery_id)
                    .await
                    .map(|delivery| delivery.organization_id),
            };
            match found {
                Ok(organization_id) => Ok(Some(organization_id)),
                Err(Error::NotFound(_)) => Ok(None),
                Err(error) => Err(error),
            }
        };
        Box::pin(async move {
            let found = tokio::time::timeout(ANSWER_WITHIN, finding).await;
            found.unwrap_or_else(|late| Err(Error::StoreUnavailable(Box::new(late))))
        })
    }
}
