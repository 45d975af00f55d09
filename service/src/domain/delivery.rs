//! Deliveries: metered usage and notifications, written in the commit that causes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::state::named_states;
use super::{DeliveryId, OrderId, OrganizationId, SagaId, Timestamp};

named_states!(
    /// What a delivery carries.
    DeliveryKind {
        Usage = "USAGE",
        /// A message to the buyer.
        Notification = "NOTIFICATION",
    }
);

named_states!(
    /// The state of a delivery.
    DeliveryState {
        Pending = "PENDING",
        Delivered = "DELIVERED",
        /// Refused for good, or its attempts are spent.
        Dead = "DEAD",
    }
);

/// The content of a delivery, fixed when it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// For the Subscription service.
    Usage {
        /// What was used: `ticket_sale`.
        event_type: String,
        /// How many; negative for a reversal.
        units: i64,
        /// `<order_id>/ticket_sale`, or `<saga_id>/ticket_sale_reversal`.
        idempotency_key: String,
        /// When.
        occur_time: Timestamp,
    },
    /// For the Notification service. The contact is read from the order at delivery.
    Notification {
        /// `<saga_id>/<template>`.
        notification_id: String,
        /// The text to send.
        template: String,
        /// Values of the template's placeholders.
        data: BTreeMap<String, String>,
    },
}

impl Message {
    /// The usage of a sale: recorded once per order.
    pub fn ticket_sale(order_id: OrderId, units: i64, occur_time: Timestamp) -> Self {
        Self::Usage {
            event_type: "ticket_sale".into(),
            units,
            idempotency_key: format!("{order_id}/ticket_sale"),
            occur_time,
        }
    }

    /// Takes sold tickets back: recorded once per saga that cancels them.
    pub fn ticket_sale_reversal(saga_id: SagaId, units: i64, occur_time: Timestamp) -> Self {
        Self::Usage {
            event_type: "ticket_sale".into(),
            units: -units,
            idempotency_key: format!("{saga_id}/ticket_sale_reversal"),
            occur_time,
        }
    }

    /// A notification: sent once per saga and template.
    pub fn notification(saga_id: SagaId, template: &str, data: BTreeMap<String, String>) -> Self {
        Self::Notification {
            notification_id: format!("{saga_id}/{template}"),
            template: template.into(),
            data,
        }
    }

    /// What kind of delivery carries it.
    pub const fn kind(&self) -> DeliveryKind {
        match self {
            Self::Usage { .. } => DeliveryKind::Usage,
            Self::Notification { .. } => DeliveryKind::Notification,
        }
    }
}

/// One outgoing message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub delivery_id: DeliveryId,
    /// The order that caused it.
    pub order_id: OrderId,
    pub organization_id: OrganizationId,
    pub message: Message,
    pub state: DeliveryState,
    /// How many times it was sent.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it is sent next; none when it was delivered or is dead.
    pub next_attempt_time: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
}
