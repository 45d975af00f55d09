//! Ids: UUIDs that this service generates, and opaque ids of clients and participants.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest opaque id, in characters.
const OPAQUE_CHARS_MAX: usize = 128;

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    #[error("must be a UUID")]
    NotUuid,
    /// Empty, too long, or with characters other than visible ASCII.
    #[error("must be 1 to 128 visible ASCII characters")]
    NotOpaque,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new name, ordered by the time of its making (UUIDv7).
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads the hyphenated form, in upper or lower case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId::NotUuid);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId::NotUuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_id!(OrderId);
uuid_id!(
    /// Names one run of a plan.
    SagaId
);
uuid_id!(
    /// Names one refund, at the Payment service too.
    RefundId
);
uuid_id!(
    /// Names one transition: the same commit sent twice applies once.
    CommitId
);
uuid_id!(
    /// Names one outgoing message.
    DeliveryId
);
uuid_id!(
    /// Names one ledger entry.
    EntryId
);
uuid_id!(
    /// Names the ledger entries that balance each other.
    TransactionId
);

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            /// Takes 1 to 128 visible ASCII characters.
            fn try_from(text: String) -> Result<Self, InvalidId> {
                let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
                if text.is_empty() || text.len() > OPAQUE_CHARS_MAX || !visible {
                    return Err(InvalidId::NotOpaque);
                }
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.to_owned().try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// The tenant that sells.
    OrganizationId
);
opaque_id!(UserId);
opaque_id!(
    /// What is booked: a concert, a trip, a flight.
    EventId
);
opaque_id!(
    /// One seat of an event.
    SeatId
);
opaque_id!(
    /// One running process of this service.
    ReplicaId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_case_hex_is_read_and_lower_case_written() {
        let id: OrderId = "0190A5D6-7C2B-7000-8000-0123456789AB"
            .parse()
            .expect("it is a UUID");
        assert_eq!(id.to_string(), "0190a5d6-7c2b-7000-8000-0123456789ab");
    }

    #[test]
    fn only_the_hyphenated_form_is_a_uuid() {
        for text in [
            "",
            "x",
            "0190a5d67c2b70008000012345678900",
            "{0190a5d6-7c2b-7000-8000-0123456789ab}",
        ] {
            assert_eq!(text.parse::<OrderId>(), Err(InvalidId::NotUuid), "{text}");
        }
    }

    #[test]
    fn an_opaque_id_is_visible_ascii_of_1_to_128_characters() {
        assert!("org-1".parse::<OrganizationId>().is_ok());
        assert!("x".repeat(128).parse::<SeatId>().is_ok());
        for text in ["", "a b", "é", "a\n", &"x".repeat(129)] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId::NotOpaque), "{text}");
        }
    }
}
