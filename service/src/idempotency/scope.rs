//! The scope of an idempotency key: tenant, caller, rpc and key.
//!
//! Does not know how the tenant of an order is found: [`Directory`] does.

use std::fmt;

use futures::future::BoxFuture;
use order_proto::guard::Subject;

use crate::domain::{DeliveryId, OrderId, OrganizationId, SagaId, Scope, UserId};
use crate::error::{Error, Missing};

/// The object that a request without a tenant names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Order(OrderId),
    Saga(SagaId),
    Delivery(DeliveryId),
}

/// Looks up the tenant of an object.
pub trait Directory: fmt::Debug + Send + Sync {
    /// The tenant; `None` if the object does not exist. Error: StoreUnavailable.
    fn organization_of(
        &self,
        object: Object,
    ) -> BoxFuture<'_, Result<Option<OrganizationId>, Error>>;

    /// Whether a request with this key has begun something that no longer moves. False where the database cannot tell.
    fn has_settled<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, bool>;
}

/// The key's scope; `None` if the tenant or id is malformed, so that validation refuses the request. Errors: NotFound,
/// StoreUnavailable.
pub(super) async fn find(
    directory: &dyn Directory,
    method: &str,
    subject: &Subject,
    key: String,
) -> Result<Option<Scope>, Error> {
    let (organization, caller) = match tenancy(subject) {
        Some(Tenancy::Named(organization, user)) => (organization, user),
        Some(Tenancy::Of(object)) => {
            let found = directory.organization_of(object).await?;
            let organization = found.ok_or(Error::NotFound(object.missing()))?;
            (organization.to_string(), String::new())
        }
        None => return Ok(None),
    };
    Ok(Some(Scope {
        organization,
        caller,
        method: method.to_owned(),
        key,
    }))
}

enum Tenancy {
    Named(String, String),
    Of(Object),
}

fn tenancy(subject: &Subject) -> Option<Tenancy> {
    if let Some(organization) = &subject.organization_id {
        let organization: OrganizationId = organization.parse().ok()?;
        let user = match &subject.user_id {
            Some(user) => user.parse::<UserId>().ok()?.to_string(),
            None => String::new(),
        };
        return Some(Tenancy::Named(organization.to_string(), user));
    }
    if let Some(id) = &subject.order_id {
        return Some(Tenancy::Of(Object::Order(id.parse().ok()?)));
    }
    if let Some(id) = &subject.saga_id {
        return Some(Tenancy::Of(Object::Saga(id.parse().ok()?)));
    }
    let id = subject.delivery_id.as_ref()?;
    Some(Tenancy::Of(Object::Delivery(id.parse().ok()?)))
}

impl Object {
    fn missing(self) -> Missing {
        match self {
            Self::Order(_) => Missing::Order,
            Self::Saga(_) => Missing::Saga,
            Self::Delivery(_) => Missing::Delivery,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order is `org-1`'s, and there are no sagas and deliveries.
    #[derive(Debug)]
    struct OrdersOnly;

    impl Directory for OrdersOnly {
        fn has_settled<'a>(&'a self, _scope: &'a Scope) -> BoxFuture<'a, bool> {
            Box::pin(std::future::ready(false))
        }

        fn organization_of(
            &self,
            object: Object,
        ) -> BoxFuture<'_, Result<Option<OrganizationId>, Error>> {
            Box::pin(async move {
                Ok(match object {
                    Object::Order(_) => Some("org-1".parse().expect("an id")),
                    Object::Saga(_) | Object::Delivery(_) => None,
                })
            })
        }
    }

    const ID: &str = "0190a5d6-7c2b-7000-8000-0123456789ab";

    fn subject() -> Subject {
        Subject {
            canonical: Vec::new(),
            organization_id: None,
            user_id: None,
            order_id: None,
            saga_id: None,
            delivery_id: None,
        }
    }

    async fn find(subject: Subject) -> Result<Option<(String, String)>, Error> {
        let scope = super::find(&OrdersOnly, "/m", &subject, "k".into()).await?;
        Ok(scope.map(|scope| (scope.organization, scope.caller)))
    }

    #[tokio::test]
    async fn the_request_names_tenant_and_caller() {
        let named = Subject {
            organization_id: Some("org-2".into()),
            user_id: Some("ann".into()),
            ..subject()
        };
        let found = find(named).await.expect("the directory is not called");
        assert_eq!(found, Some(("org-2".into(), "ann".into())));
    }

    #[tokio::test]
    async fn an_order_has_a_tenant_and_no_caller() {
        let named = Subject {
            order_id: Some(ID.to_uppercase()),
            ..subject()
        };
        let found = find(named).await.expect("the order is there");
        assert_eq!(found, Some(("org-1".into(), String::new())));
    }

    #[tokio::test]
    async fn a_missing_object_is_not_found() {
        let saga = Subject {
            saga_id: Some(ID.into()),
            ..subject()
        };
        let delivery = Subject {
            delivery_id: Some(ID.into()),
            ..subject()
        };
        assert!(matches!(
            find(saga).await,
            Err(Error::NotFound(Missing::Saga))
        ));
        assert!(matches!(
            find(delivery).await,
            Err(Error::NotFound(Missing::Delivery))
        ));
    }

    #[tokio::test]
    async fn malformed_ids_are_left_to_validation() {
        let organization = |organization: &str, user: &str| Subject {
            organization_id: Some(organization.into()),
            user_id: Some(user.into()),
            ..subject()
        };
        for malformed in [
            organization("", "ann"),
            organization("a b", "ann"),
            organization("org-1", ""),
            Subject {
                order_id: Some("x".into()),
                ..subject()
            },
            Subject {
                saga_id: Some(String::new()),
                ..subject()
            },
            subject(),
        ] {
            assert_eq!(
                find(malformed).await.expect("the directory is not called"),
                None
            );
        }
    }
}
