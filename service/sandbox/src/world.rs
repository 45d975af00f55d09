//! All that the sandbox knows, and the only way it changes: by applying changes, live as after a restart.
//!
//! Decides nothing, and knows no file and no transport.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::fault::Faults;
use crate::inventory::Inventory;
use crate::journal::Journal;
use crate::notification::Notifications;
use crate::payment::Payments;
use crate::subscription::Usage;
use crate::{fault, inventory, journal, notification, payment, subscription};

/// The participants' state, the planted faults and the journal.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Which keys acted, and what they asked.
    keys: HashMap<Digest, Digest>,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) notifications: Notifications,
    pub(crate) usage: Usage,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
}

/// One change: a record as it stands from now on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    Key { key: Digest, content: Digest },
    Inventory(inventory::Change),
    Payment(payment::Change),
    Notification(notification::Change),
    Usage(subscription::Change),
    Fault(fault::Change),
    Journal(journal::Change),
}

impl World {
    /// What was asked under this key when it acted.
    pub(crate) fn asked(&self, key: Digest) -> Option<Digest> {
        self.keys.get(&key).copied()
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Key { key, content } => {
                self.keys.insert(key, content);
            }
            Change::Inventory(change) => self.inventory.apply(change),
            Change::Payment(change) => self.payments.apply(change),
            Change::Notification(change) => self.notifications.apply(change),
            Change::Usage(change) => self.usage.apply(change),
            Change::Fault(change) => self.faults.apply(change),
            Change::Journal(change) => self.journal.apply(change),
        }
    }

    /// The fewest changes that make this world out of an empty one.
    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        let keys = self.keys.iter().map(|(key, content)| Change::Key {
            key: *key,
            content: *content,
        });
        keys.chain(self.inventory.dump().map(Change::Inventory))
            .chain(self.payments.dump().map(Change::Payment))
            .chain(self.notifications.dump().map(Change::Notification))
            .chain(self.usage.dump().map(Change::Usage))
            .chain(self.faults.dump().map(Change::Fault))
            .chain(self.journal.dump().map(Change::Journal))
    }
}
