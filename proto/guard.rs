//! The rpcs that accept an idempotency key, and the part of a request that decides whether two requests are the same.
//!
//! The list is generated from the option `idempotency_level`. Knows nothing of keys, stores or tenants.

use prost::{DecodeError, Message};

/// One rpc that accepts an idempotency key.
#[derive(Debug, Clone, Copy)]
pub struct Guarded {
    /// The HTTP/2 path, such as `/order.v1.OrderService/CreateOrder`.
    pub path: &'static str,
    /// Decodes an encoded request.
    pub read: fn(&[u8]) -> Result<Subject, DecodeError>,
}

/// The ids in a request, and its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The request re-encoded in field order, maps sorted, without `wait`.
    pub canonical: Vec<u8>,
    /// The request's `organization_id`; `None` when the message has no such field.
    pub organization_id: Option<String>,
    /// The request's `user_id`; `None` when the message has no such field.
    pub user_id: Option<String>,
    /// The request's `order_id`; `None` when the message has no such field.
    pub order_id: Option<String>,
    /// The request's `saga_id`; `None` when the message has no such field.
    pub saga_id: Option<String>,
    /// The request's `delivery_id`; `None` when the message has no such field.
    pub delivery_id: Option<String>,
}

include!(concat!(env!("OUT_DIR"), "/guarded.rs"));

/// The guarded rpc with this HTTP/2 path; `None` when the path is not guarded.
pub fn guarded(path: &str) -> Option<&'static Guarded> {
    GUARDED.iter().find(|rpc| rpc.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::v1::CreateOrderRequest;

    #[test]
    fn exactly_the_rpcs_that_change_state_are_guarded() {
        let paths: Vec<&str> = GUARDED.iter().map(|rpc| rpc.path).collect();
        let mut expected = vec![
            "/order.v1.DeliveryService/RetryDelivery",
            "/order.v1.OrderService/CreateOrder",
            "/order.v1.OrderService/CancelOrder",
            "/order.v1.OrderService/RefundOrder",
            "/order.v1.SagaService/RetrySaga",
            "/order.v1.SagaService/CompensateSaga",
            "/order.v1.SagaService/ResolveSaga",
        ];
        let mut found = paths.clone();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_wait_is_not_part_of_the_canonical_request() {
        let rpc = guarded("/order.v1.OrderService/CreateOrder").expect("it is guarded");
        let patient = CreateOrderRequest {
            organization_id: "org-1".into(),
            user_id: "ann".into(),
            wait: Some(prost_types::Duration {
                seconds: 3,
                nanos: 0,
            }),
            ..Default::default()
        };
        let hasty = CreateOrderRequest {
            wait: None,
            ..patient.clone()
        };
        let subject = (rpc.read)(&patient.encode_to_vec()).expect("it decodes");
        assert_eq!(
            subject,
            (rpc.read)(&hasty.encode_to_vec()).expect("it decodes")
        );
        assert_eq!(subject.organization_id.as_deref(), Some("org-1"));
        assert_eq!(subject.order_id, None);
    }
}
