#!/usr/bin/env bash
# Runs the unit tests, the golden scripts, the interop and the chaos suite on sanitizer builds (the fuzzers are such builds
# anyway). Sanitizers write their reports to files, so that a report counts in whatever process it came up, also in one
# that was killed afterwards.
# usage: run_sanitizers.sh PRESET... (tsan, dev: built before); SANITIZE_PARTS="unit sql interop chaos" chooses
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly SETTINGS=$PWD/test/sanitizers
# Named in full: the sanitizers' own search fails with some kernels.
symbolizer=$(command -v llvm-symbolizer-19 || command -v llvm-symbolizer || command -v addr2line)
passed=0 failed=0

# The last line of every part has its counts.
count() {  # count NAME COMMAND...
  local name=$1 log=$reports/$1.log line good bad
  shift
  echo "-- $preset: $name"
  "$@" 2>&1 | tee "$log"
  local status=$?
  line=$(grep -aE '[0-9]+ (passed|failed)' "$log" | tail -1)
  good=$(grep -oE '[0-9]+ passed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  bad=$(grep -oE '[0-9]+ failed' <<<"$line" | grep -oE '[0-9]+' || echo 0)
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + good)) failed=$((failed + bad))
}

# Left out: what a slow build's memory and files come to, and clocks moved by a library that the sanitizers' own
# interceptors stand before.
pytests() {
  MILLRACE_BIN=build/$preset/millrace /usr/bin/python3 -m pytest -q --no-header -rs -p no:cacheprovider -n 2 "$1" \
    --deselect test/interop/test_gateway.py::test_a_million_rows_stay_with_the_job_until_they_are_asked_for \
    --deselect test/chaos/test_soak.py --deselect test/chaos/test_state_disk.py::test_many_keys_stay_within_the_memory_of_state \
    --deselect test/chaos/test_job_faults.py::test_clock_jumps
}

for preset in "$@"; do
  reports=$PWD/build/$preset/reports
  rm -rf "$reports"
  mkdir -p "$reports"
  common="log_path=$reports/report external_symbolizer_path=$symbolizer"
  # Libraries are not instrumented: what they read is not judged, their locks are.
  export TSAN_OPTIONS="$common ignore_noninstrumented_modules=1 suppressions=$SETTINGS/thread.supp second_deadlock_stack=1"
  export ASAN_OPTIONS="$common detect_stack_use_after_return=1 strict_string_checks=1 check_initialization_order=1"
  export UBSAN_OPTIONS="$common print_stacktrace=1"
  for part in ${SANITIZE_PARTS:-unit sql interop chaos}; do
    case $part in
      unit) count unit python3 tools/run_unit_tests.py "build/$preset" ;;
      sql) count sql "build/$preset/millrace" test test/sql ;;
      interop | chaos) count "$part" pytests "test/$part" ;;
    esac
  done
  found=$(find "$reports" -name 'report.*' | sort)
  if [ -n "$found" ]; then
    failed=$((failed + $(wc -l <<<"$found")))
    echo "-- $preset: reports in $reports"
    xargs head -n 60 <<<"$found"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
