#!/usr/bin/env bash
# The web app: types, unit tests, size, then its pages in Chromium on `millrace local --demo` with free ports.
# usage: tools/run_ui_tests.sh [FILTER]    MILLRACE_BIN selects a binary, UI_URL a running server instead of the demo.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/check.sh

if ! command -v npm >/dev/null; then
  echo "FAIL the web app needs nodejs and npm: ./dev setup"
  failed=1
  finish
fi
if [ ! -e ui/node_modules/.package-lock.json ] || [ ui/package-lock.json -nt ui/node_modules/.package-lock.json ]; then
  check "packages" npm --prefix ui ci --no-audit --no-fund
fi
check "types" npm --prefix ui run --silent check
check "bundle" npm --prefix ui run --silent build
check "size" npm --prefix ui run --silent size
check "unit tests" npm --prefix ui test --silent
[ "$failed" = 0 ] || finish

log=$(mktemp)
trap 'rm -f "$log"' EXIT
node test/ui/run.mjs "$@" | tee "$log"
pages=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1)
passed=$((passed + $(grep -oE '^[0-9]+' <<<"${pages:-0}")))
failed=$((failed + $(grep -oE '[0-9]+ failed' <<<"${pages:-1 failed}" | grep -oE '[0-9]+')))
finish
