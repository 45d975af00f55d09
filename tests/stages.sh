# What tests/run.sh and .ci/run share: timed stages, missing packages, Python tools in a temporary folder.
# Sourced, never run.

# stage NAME COMMAND…: runs the command and prints how many seconds it took, also when it fails.
stage() {
  local name="$1" begun ended status=0
  shift
  printf '\n== %s\n' "$name"
  begun=$(date +%s%N)
  # A subshell in an `||` list would ignore `set -e`; the commands given here are single ones or guard themselves.
  "$@" || status=$?
  ended=$(date +%s%N)
  printf -- '-- %s: %d.%d s%s\n' "$name" $(((ended - begun) / 1000000000)) $(((ended - begun) / 100000000 % 10)) \
    "$([ "$status" -eq 0 ] || printf ' (failed: %d)' "$status")"
  return "$status"
}

# as_root COMMAND…: as root, or through sudo where it asks nothing.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# install PACKAGE…: Debian's packages where apt-get may be used; elsewhere one line says what is missing.
install() {
  if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
    printf 'missing: %s (install by hand: this is no Debian, or there is neither root nor sudo)\n' "$*" >&2
    return 1
  fi
  as_root apt-get update -qq </dev/null || return
  # A service that starts by itself would take the well-known ports; the tests start their own.
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# python_tools FOLDER PACKAGE…: a virtual environment with these packages, its bin/ first on PATH.
python_tools() {
  local folder="$1"
  shift
  # Debian's python3 has the module but not its parts until python3-venv is there: asking for help is not enough.
  if ! python3 -m venv "$folder" >/dev/null 2>&1; then
    install python3 python3-venv || return
    rm -rf "$folder"
    python3 -m venv "$folder" || return
  fi
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input "$@" </dev/null || return
  export PATH="$folder/bin:$PATH"
}
