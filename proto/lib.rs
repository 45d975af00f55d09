//! The contract in Rust: messages, clients, servers, validation and descriptors, all generated from the protos beside it.
//!
//! Owns nothing but what the `.proto` files say. Knows no business rule: what a message means is decided by its readers.

#![allow(
    missing_debug_implementations,
    reason = "tonic's generated servers have none"
)]

pub mod guard;

/// The whole contract as an encoded `google.protobuf.FileDescriptorSet`, imports, annotations and comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub use prost_protovalidate::Validate;

macro_rules! package {
    ($package:literal) => {
        tonic::include_proto!($package);
    };
}

/// Types of Google's common protos that the contract uses.
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

/// What other teams implement to keep seats.
pub mod inventory {
    /// Version 1.
    pub mod v1 {
        package!("inventory.v1");
    }
}

/// What other teams implement to tell buyers.
pub mod notification {
    /// Version 1.
    pub mod v1 {
        package!("notification.v1");
    }
}

/// What this service offers.
pub mod order {
    /// Version 1.
    pub mod v1 {
        package!("order.v1");
    }
}

/// What other teams implement to move money.
pub mod payment {
    /// Version 1.
    pub mod v1 {
        package!("payment.v1");
    }
}

/// The four participants' stand-in, seen from outside.
pub mod sandbox {
    /// Version 1.
    pub mod v1 {
        package!("sandbox.v1");
    }
}

/// What other teams implement to meter usage.
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
