# Shortcuts for everyday work: `just` lists them. Each recipe is one or two plain commands; nothing needs `just`.

set positional-arguments

# List the recipes.
default:
    @just --list

# Start service, gateway and sandbox in one process, on SQLite.
dev *ARGUMENTS:
    cargo run -- "$@"

# Run all tests: starts its own Postgres and Redis. Arguments go to the test runner, such as -E 'test(replay)'.
test *ARGUMENTS:
    tests/run.sh "$@"

# Run every check that a change must pass.
ci:
    .ci/run

# Check formatting and run clippy, without tests.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --features order-service/failpoints -- -D warnings

# Measure bookings per second, and the gateway against Envoy.
bench:
    tests/bench/bookings
    tests/bench/gateway
