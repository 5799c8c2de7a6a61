# The steps of tests/run, and what runs and counts them; sourced by tests/run.

LOGS=$TARGET/tests
declare -a REPORT=()
PASSED=0 FAILED=0 STATUS=0

step_fmt() {
  cargo fmt --all --check
  cargo fmt --manifest-path fuzz/Cargo.toml --check
}

step_clippy() {
  prepare_page
  cargo clippy --workspace --all-targets -- -D warnings
}

step_build() {
  prepare_page
  cargo build --release
}

step_rust() {
  crate cargo-nextest cargo-nextest
  prepare_page
  [ -n "$ROLLCALL_BIN" ] || unset ROLLCALL_BIN
  cargo nextest run --workspace --profile ci -E 'not binary(conformance)' # a step of its own
}

# The properties count their own cases; optimised, a million of them take minutes.
step_differential() {
  export PROPTEST_CASES PROPTEST_MAX_GLOBAL_REJECTS=100000000 PROPTEST_MAX_LOCAL_REJECTS=100000000
  PROPTEST_CASES=$([ "$FORM" = long ] && echo 1000000 || echo 20000)
  cargo test --release -p scim --lib patch::model
}

step_linear() {
  export ROLLCALL_HISTORIES
  ROLLCALL_HISTORIES=$([ "$FORM" = long ] && echo 10000 || echo 1000)
  cargo test --release -p directory --lib linear
}

step_doctest() { cargo test --workspace --doc; }

step_doc() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items; }

step_deny() {
  crate cargo-deny cargo-deny
  # advisories need their database from outside the registries, so they are left to a machine that has it
  cargo deny --log-level warn check bans licenses sources
}

step_web() {
  npm_ci web
  (cd web && npm run check && NO_COLOR=1 npm test)
}

step_browser() {
  need_chromium
  CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
  export CHROMIUM
  npm_ci tests/browser
  (cd tests/browser && npm run --if-present check && NO_COLOR=1 npx --no-install playwright test --reporter=list)
}

# A number without a test fails, and so does a report that is not what this run gives; to write it anew:
# tests/conformance/report target/nextest/conformance/junit.xml
step_conformance() {
  need_python
  crate cargo-nextest cargo-nextest
  prepare_page
  [ -n "$ROLLCALL_BIN" ] || unset ROLLCALL_BIN
  local status=0
  cargo nextest run -p rollcall --test conformance --profile conformance || status=1
  # nextest keeps its results in the checkout, wherever the target folder is
  tests/conformance/report --check target/nextest/conformance/junit.xml && [ "$status" = 0 ]
}

step_suites() {
  need_python
  tests/conformance/suites/run
}

step_openapi() {
  need_python
  EXAMPLES=$([ "$FORM" = long ] && echo 500 || echo 20) tests/openapi/run "$([ "$FORM" = long ] && echo 1200 || echo 120)"
}

step_static() {
  need_python
  tests/static/run
}

step_crash() {
  need_python
  tests/crash/run --rounds "$([ "$FORM" = long ] && echo 200 || echo 10)"
}

step_events() {
  need_python
  need_cryptography
  "$TOOLS/venv-events/bin/python" tests/events/run $([ "$FORM" = long ] && echo --changes 100000 --kills 50)
}

step_fuzz() {
  need_compiler
  crate cargo-fuzz cargo-fuzz
  fuzz/run "$([ "$FORM" = long ] && echo 1800 || echo 60)"
}

# The build of the page needs its packages; the build script of `rollcall` does the rest.
prepare_page() { [ ! -e web/package-lock.json ] || npm_ci web; }

# run_step NAME: runs it in a shell of its own, so that its first error ends it and nothing else; keeps its output
run_step() {
  local name=$1 log=$LOGS/$1.log from=$SECONDS status passed failed verdict=ok
  printf '\n== %s: %s\n' "$name" "$(about "$name")"
  mkdir -p "$LOGS"
  set +e
  "$ROOT/tests/run" --step "$name" "$FORM" 2>&1 </dev/null | tee "$log"
  status=${PIPESTATUS[0]}
  set -e
  read -r passed failed < <(count_tests <"$log")
  if counts_tests "$name" && [ "$status" = 0 ] && [ "$((passed + failed))" = 0 ]; then
    echo "$name ran no test" | tee -a "$log"
    status=1
  fi
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  if [ "$failed" != 0 ]; then verdict=FAILED STATUS=1; fi
  note "$name" "$verdict" "$passed" "$failed" "$((SECONDS - from)) s"
  printf -- '-- %s: %s, %s s\n' "$name" "$verdict" "$((SECONDS - from))"
  [ "$verdict" = ok ]
}

skip_step() {
  printf '\n== %s: not run, %s\n' "$1" "$2"
  STATUS=1
  note "$1" FAILED 0 1 "not run: $2"
}

note() {
  PASSED=$((PASSED + $3)) FAILED=$((FAILED + $4))
  REPORT+=("$(printf '%-12s %-7s %6s passed %4s failed   %s' "$1" "$2" "$3" "$4" "$5")")
}

summary() {
  printf '\n== summary (%s s; the full output of each step is in %s)\n' "$SECONDS" "$LOGS"
  printf '%s\n' "${REPORT[@]}"
  printf '\n%s passed, %s failed\n' "$PASSED" "$FAILED"
  exit "$STATUS"
}

# count_tests: reads a step's output, prints "PASSED FAILED" from the closing lines of nextest, libtest, Vitest,
# Playwright and our own scripts
count_tests() {
  sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | awk '
    function add(line,   n, word) {
      while (match(line, /[0-9]+ (passed|failed|timed out|exec failed|interrupted|did not run)/)) {
        n = substr(line, RSTART, RLENGTH); word = n
        sub(/ .*/, "", n); sub(/^[0-9]+ /, "", word)
        if (word == "passed") passed += n; else failed += n
        line = substr(line, RSTART + RLENGTH)
      }
    }
    /^ *Summary \[/ || /^test result: / || /^ *Tests  +[0-9]/ { add($0) }
    /^ *[0-9]+ (passed|failed|interrupted|did not run)( \([0-9.]+[a-z]+\))?$/ { add($0) }
    /^ *[0-9]+ flaky$/ { passed += $1 }
    /^([a-z0-9-]+: )?[0-9]+ passed, [0-9]+ failed$/ { add($0) }
    END { print passed + 0, failed + 0 }'
}
