//! The public contract in Rust: messages, clients, servers, validation and descriptors, generated from the `.proto`
//! files of this folder.
//!
//! Contains nothing beyond the `.proto` files, and no business rule: the users of a message decide what it means.

#![allow(
    missing_debug_implementations,
    reason = "tonic's generated servers have none"
)]

pub mod enums;
pub mod guard;
pub mod lists;

/// The whole contract as an encoded `google.protobuf.FileDescriptorSet` with imports, annotations and comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub use prost_protovalidate::Validate;

macro_rules! package {
    ($package:literal) => {
        tonic::include_proto!($package);
    };
}

/// The types of Google's common protos that the contract uses.
#[allow(missing_docs, clippy::all)]
pub mod google {
    /// `google.api`.
    pub mod api {
        package!("google.api");
    }
    /// `google.type`.
    pub mod r#type {
        package!("google.r#type");
    }
}

/// The Inventory service, implemented by another team: holds and books seats.
pub mod inventory {
    /// Version 1.
    pub mod v1 {
        package!("inventory.v1");
    }
}

/// The Notification service, implemented by another team: sends messages to buyers.
pub mod notification {
    /// Version 1.
    pub mod v1 {
        package!("notification.v1");
    }
}

/// The public services of the order service.
pub mod order {
    /// Version 1.
    pub mod v1 {
        package!("order.v1");
    }
}

/// The Payment service, implemented by another team: reserves, captures and refunds payments.
pub mod payment {
    /// Version 1.
    pub mod v1 {
        package!("payment.v1");
    }
}

/// The control service of the sandbox, which simulates the four participants.
pub mod sandbox {
    /// Version 1.
    pub mod v1 {
        package!("sandbox.v1");
    }
}

/// The Subscription service, implemented by another team: records usage.
pub mod subscription {
    /// Version 1.
    pub mod v1 {
        package!("subscription.v1");
    }
}

#[allow(clippy::all, reason = "generated")]
mod validation {
    use crate::*;
    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
}
