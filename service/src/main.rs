//! The `order-service` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    order_service::cli::main()
}
