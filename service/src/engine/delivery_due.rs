//! The bells of the delivery loops: one for each kind of delivery. Knows no delivery.

use tokio::sync::Notify;

use crate::domain::DeliveryKind;

/// Wakes the loops of both kinds.
#[derive(Debug, Default)]
pub(super) struct DeliveryDue {
    usage: Notify,
    notification: Notify,
}

impl DeliveryDue {
    /// Some delivery may be due.
    pub(super) fn wake(&self) {
        self.usage.notify_one();
        self.notification.notify_one();
    }

    /// The bell of this kind.
    pub(super) const fn of(&self, kind: DeliveryKind) -> &Notify {
        match kind {
            DeliveryKind::Usage => &self.usage,
            DeliveryKind::Notification => &self.notification,
        }
    }
}
