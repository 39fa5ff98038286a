#!/usr/bin/env bash
# Runs every fuzz target of build/fuzz for SECONDS each, two at a time, from the corpus kept in test/fuzz/corpus/.
# usage: run_fuzzers.sh SECONDS [TARGET...]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:?seconds}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find build/fuzz/test/fuzz -maxdepth 1 -name '*_fuzz' -type f -executable | sort | xargs -rn1 basename)
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz targets in build/fuzz"; exit 1; }
mkdir -p build/fuzz/work

run_one() {
  local target=$1 work=build/fuzz/work/$1
  mkdir -p "$work/found"
  build/fuzz/test/fuzz/"$target" "$work/found" "test/fuzz/corpus/${target%_fuzz}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$work/" -print_final_stats=1 >"$work/log" 2>&1
  local status=$? runs
  runs=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$work/log")
  if [ $status = 0 ]; then echo "ok   $target: ${runs:-0} inputs"; else echo "FAIL $target"; tail -60 "$work/log"; return 1; fi
}
export -f run_one
export seconds

passed=0 failed=0 running=0
for target in "${targets[@]}"; do
  run_one "$target" &
  running=$((running + 1))
  if [ $running -ge 2 ]; then
    if wait -n; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    running=$((running - 1))
  fi
done
while [ $running -gt 0 ]; do
  if wait -n; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  running=$((running - 1))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
