# Shared by the suite wrappers in this folder; source it, do not run it.
#   BASE_URL    SCIM root, for example https://localhost:8443/scim/v2 (required)
#   TOKEN       bearer token that may read and write users and groups (required)
#   CA_FILE     PEM file of the CA that signed the server's certificate
#   VERBOSE=1   list the passed checks too
#   MIN_CHECKS  fail when fewer checks than this were counted, so that a run cut short is not taken for a good one
#   RAW         folder in which the suite's own raw output is kept
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${BASE_URL:?set BASE_URL to the SCIM root}" "${TOKEN:?set TOKEN to a bearer token}"
BASE_URL=${BASE_URL%/}
CA_FILE=${CA_FILE:-}
[ -z "$CA_FILE" ] || CA_FILE=$(realpath "$CA_FILE")
TOOLS=${ROLLCALL_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/rollcall-tools}
WORK=$(mktemp -d)
trap '[ -z "${RAW:-}" ] || { mkdir -p "$RAW" && cp -r "$WORK/." "$RAW/"; }; rm -rf "$WORK"' EXIT

# venv NAME PACKAGE...: a virtual environment with these pinned packages
venv() {
  local folder=$TOOLS/venv-$1 want
  shift
  want=$*
  if [ "$(cat "$folder/.want" 2>/dev/null)" != "$want" ]; then
    rm -rf "$folder"
    mkdir -p "$TOOLS"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    echo "$want" >"$folder/.want"
  fi
  VENV=$folder
}

# tally SUITE: reads "STATUS<tab>name<tab>detail" lines, prints the findings and the closing line
tally() {
  python3 "$HERE/tally.py" "$1" --excuses "$HERE/$1.excuses" ${VERBOSE:+--verbose} ${MIN_CHECKS:+--min "$MIN_CHECKS"}
}
