# Shared by the scripts that start their own Postgres and Redis: in the folder `$room`, on free ports of 127.0.0.1,
# ended by the process ids in `pids`. Sourced, not run.

finish() {
  local status=$? pid
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -INT "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ "$status" -ne 0 ] && [ ! -e "$room/tests.txt" ]; then # a server did not start: print its log
    for log in "$room"/*.log; do
      [ -s "$log" ] && { printf '\n== the end of %s\n' "${log##*/}"; tail -n 20 "$log"; }
    done
  fi
  rm -rf "$room"
  exit "$status"
}

# servers_missing: prints the Debian packages of the servers that are not installed.
servers_missing() {
  [ -n "$(postgres_folder)" ] || printf 'postgresql\n'
  command -v redis-server >/dev/null || printf 'redis-server\n'
  [ -x /usr/sbin/pgbouncer ] || printf 'pgbouncer\n'
}

# The newest folder with a Postgres server.
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
    port=$((RANDOM % 10000 + 11000)) # below the range of ephemeral ports
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return; }
  done
}

# reachable PORT LOG: waits until the port accepts connections, for at most 30 s.
reachable() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  printf 'nothing listens on port %s after 30 s\n' "$1" >&2
  return 1
}

# postgres [ARGUMENT…]: starts a server with these arguments and exports its URL.
postgres() {
  local bin port data="$room/postgres" as=()
  bin=$(postgres_folder)
  mkdir "$data" || return
  if [ "$(id -u)" -eq 0 ]; then # Postgres refuses to run as root
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$data" || return
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  fi
  "${as[@]}" "$bin/initdb" --pgdata="$data" --username=order --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >"$room/initdb.log" 2>&1 || return
  port=$(free_port)
  "${as[@]}" "$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=400 "$@" >"$room/postgres.log" 2>&1 </dev/null &
  pids+=($!)
  reachable "$port" || return
  export ORDER_TEST_POSTGRES_URL="postgres://order@127.0.0.1:$port"
}

# redis: starts a server and exports its URL.
redis() {
  local port
  port=$(free_port)
  # One numbered database per test.
  redis-server --bind 127.0.0.1 --port "$port" --databases 1024 --save '' --appendonly no --dir "$room" \
    >"$room/redis.log" 2>&1 </dev/null &
  pids+=($!)
  reachable "$port" || return
  export ORDER_TEST_REDIS_URL="redis://127.0.0.1:$port"
}
