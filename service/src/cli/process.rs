//! Logs and traces of each process that the command line starts.

use order_telemetry::{Process, Untraced};

/// The service, with or without an embedded gateway and sandbox.
pub(super) const SERVICE: Process = Process {
    name: "order-service",
    untraced: Untraced::Identify,
};

pub(super) const SANDBOX: Process = Process {
    name: "order-sandbox",
    untraced: Untraced::Identify,
};
