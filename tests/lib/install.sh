# Installs what a step needs, once; sourced by tests/run. Everything comes from package registries, and nothing is
# touched that is there already.

TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
TOOLS=${ROLLCALL_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/rollcall-tools}
export PATH="$TOOLS/cargo/bin:$PATH"

# has COMMAND...: is one of them there?
has() {
  local command
  for command in "$@"; do command -v "$command" >/dev/null 2>&1 && return 0; done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo; then sudo "$@"; else
    echo "this needs root: $*" >&2
    return 1
  fi
}

# debian PACKAGE...: installs Debian packages
debian() {
  has apt-get || { echo "please install by hand what the Debian packages $* hold" >&2; return 1; }
  echo "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# crate COMMAND CRATE: installs a command from crates.io
crate() {
  has "$1" && return
  echo "installing $2 (built from source once, a few minutes)"
  cargo install --quiet --locked --root "$TOOLS/cargo" --target-dir "$TARGET/tools" "$2"
  rm -rf "$TARGET/tools"
}

need_python() {
  local probe=$TOOLS/venv-probe
  has python3 || debian python3
  [ -e "$TOOLS/.venv-works" ] && return
  mkdir -p "$TOOLS"
  rm -rf "$probe"
  python3 -m venv "$probe" >/dev/null 2>&1 || debian python3-venv
  rm -rf "$probe"
  touch "$TOOLS/.venv-works"
}

# what verifies signatures of events in another implementation than ours
need_cryptography() {
  local folder=$TOOLS/venv-events
  [ -e "$folder/.complete" ] && return
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check cryptography==48.0.0
  touch "$folder/.complete"
}

need_node() {
  has node && has npm || debian nodejs npm
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    { echo "Node.js $(node --version) is too old for the page's tools: 20.19 or newer is needed" >&2; return 1; }
}

need_chromium() { has chromium chromium-browser google-chrome || debian chromium; }

need_compiler() { has c++ g++ clang++ || debian g++; }

# npm_ci FOLDER: what package-lock.json names, unless it is there already
npm_ci() {
  need_node
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock.json" && return
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.installed-lock.json)
}
