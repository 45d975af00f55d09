//! The sandbox's whole state, and the only way to change it: applying changes, while serving as well as at a restart.
//!
//! Decides nothing. Knows no file and no transport.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::inventory::Inventory;
use crate::notification::Notifications;
use crate::payment::Payments;
use crate::subscription::Usage;
use crate::value::digest::Digest;
use crate::{inventory, notification, payment, subscription};

pub(crate) mod fault;
pub(crate) mod journal;

use fault::Faults;
use journal::Journal;

/// The participants' records, the injected faults and the journal.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Every key that acted, with the content of its request.
    keys: HashMap<Digest, Digest>,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) notifications: Notifications,
    pub(crate) usage: Usage,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
}

/// One change: the new version of a record. Its serialized form is the state file's format.
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
    /// The content of the request that acted under this key.
    pub(crate) fn content_of(&self, key: Digest) -> Option<Digest> {
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

    /// The changes that rebuild this state from an empty one, one per record.
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
