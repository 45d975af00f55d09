//! The `order-service-failpoints` binary: the service with places to hold it at, for the tests that kill it there.

use std::process::ExitCode;

fn main() -> ExitCode {
    order_service::cli::main()
}
