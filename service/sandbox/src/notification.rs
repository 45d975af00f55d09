//! The stand-in for `notification.v1`: counts the requested notifications and sends none.
//!
//! Owns the records. Keeps no contact and no text.

use std::collections::HashMap;

use order_proto::sandbox::v1::NotificationTotals;
use serde::{Deserialize, Serialize};

mod send_notification;
mod service;

pub(crate) use service::Service;

/// One notification: sent once, received `deliveries` times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    notification_id: String,
    order_id: String,
    template: String,
    deliveries: i32,
}

/// The new version of a notification's record.
pub(crate) type Change = Notification;

impl Notification {
    fn totals(&self) -> NotificationTotals {
        NotificationTotals {
            notification_id: self.notification_id.clone(),
            order_id: self.order_id.clone(),
            template: self.template.clone(),
            deliveries: self.deliveries,
        }
    }
}

/// Every notification, by its id and by its order.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    by_id: HashMap<String, Notification>,
    by_order: HashMap<String, Vec<String>>,
}

impl Notifications {
    pub(crate) fn apply(&mut self, change: Change) {
        let id = change.notification_id.clone();
        let order_id = change.order_id.clone();
        if self.by_id.insert(id.clone(), change).is_none() {
            self.by_order.entry(order_id).or_default().push(id);
        }
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        self.by_id.values().cloned()
    }

    fn of_id(&self, notification_id: &str) -> Option<&Notification> {
        self.by_id.get(notification_id)
    }

    pub(crate) fn totals(&self) -> Vec<NotificationTotals> {
        self.by_id.values().map(Notification::totals).collect()
    }

    pub(crate) fn totals_of(&self, order_id: &str) -> Vec<NotificationTotals> {
        let ids = self.by_order.get(order_id);
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.by_id.get(id))
            .map(Notification::totals)
            .collect()
    }
}
