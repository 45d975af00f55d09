# Shared by tests/run.sh and .ci/run: timed stages, installation of packages, Python tools in a temporary folder.
# Sourced, not run.

# stage NAME COMMAND…: runs the command and prints its duration in seconds, also when it fails.
stage() {
  local name="$1" begun ended status=0
  shift
  printf '\n== %s\n' "$name"
  begun=$(date +%s%N)
  # `set -e` has no effect inside an `||` list, so every command given here is a single one or checks for errors itself.
  "$@" || status=$?
  ended=$(date +%s%N)
  printf -- '-- %s: %d.%d s%s\n' "$name" $(((ended - begun) / 1000000000)) $(((ended - begun) / 100000000 % 10)) \
    "$([ "$status" -eq 0 ] || printf ' (failed: %d)' "$status")"
  return "$status"
}

# as_root COMMAND…: runs the command as root, through sudo where that needs no password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# install PACKAGE…: installs Debian packages where apt-get can be used; otherwise prints one line with the missing ones.
install() {
  if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
    printf 'missing: %s (install them manually: apt-get, or root or sudo rights, are not available)\n' "$*" >&2
    return 1
  fi
  as_root apt-get update -qq </dev/null || return
  # A service that starts on installation would take the default ports; the tests start their own.
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# python_tools FOLDER PACKAGE…: creates a virtual environment with these packages and puts its bin/ first on PATH.
python_tools() {
  local folder="$1"
  shift
  # `python3 -m venv --help` succeeds on Debian without python3-venv, so it does not show whether venv works.
  if ! python3 -m venv "$folder" >/dev/null 2>&1; then
    install python3 python3-venv || return
    rm -rf "$folder"
    python3 -m venv "$folder" || return
  fi
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input "$@" </dev/null || return
  export PATH="$folder/bin:$PATH"
}
