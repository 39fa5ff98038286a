#!/usr/bin/env bash
# Checks exactly_once.pml with spin: the protocol must hold in every state, every seeded mistake must be found.
#   test/model/run.sh          what every change is checked with: about half a minute on two cores, less than 1 GB each
#   MODEL=long ...             larger sizes as well: some minutes, 5 GB
#   test/model/run.sh FLAGS    one set of -D flags; prints the steps that lead to the mistake, if there is one
set -euo pipefail
readonly MODEL_FILE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/exactly_once.pml
readonly ONE="-DSLOTS=1 -DREC=1 -DZOMBIE"

right() {
  echo "-DREC=1 -DCRASHES=1 -DPOWER -DTIMEOUTS=1 -DFAILURES=1 -DTRIGGERS=1"
  echo "$ONE -DRESTARTS=1 -DTRIGGERS=1"
  echo "-DREC=2 -DCRASHES=1 -DPOWER -DTRIGGERS=1"
  echo "-DREC=1 -DCRASHES=2 -DPOWER -DTRIGGERS=1"
  echo "-DREC=1 -DCRASHES=1 -DPOWER -DTIMEOUTS=1 -DRESTARTS=1 -DTRIGGERS=1"
  echo "-DREC=2 -DTRIGGERS=2"
  echo "$ONE -DCRASHES=1 -DTRIGGERS=0"
  [ "${MODEL:-}" = long ] || return 0
  echo "-DREC=2 -DCRASHES=2 -DPOWER -DTRIGGERS=1"
  echo "-DREC=1 -DCRASHES=2 -DPOWER -DTIMEOUTS=1 -DTRIGGERS=2"
  echo "$ONE -DCRASHES=1 -DRESTARTS=1 -DTRIGGERS=0"
  echo "$ONE -DCRASHES=1 -DPOWER -DTRIGGERS=1"
}

wrong() {
  local crash="-DREC=1 -DCRASHES=1 -DTRIGGERS=1"
  echo "$ONE -DTRIGGERS=1 -DWRONG_MARKER_FIRST"          # the marker is read before others are fenced
  echo "$ONE -DTRIGGERS=1 -DWRONG_ONE_FENCED"            # one of the two transactional ids is not taken over
  echo "$ONE -DTRIGGERS=1 -DWRONG_SHARED_FOLDER"         # two processes in one state folder, no lock
  echo "$ONE -DTRIGGERS=1 -DRESTARTS=1 -DWRONG_NUMBER_ONLY"  # the marker is a number without the snapshot's identity
  echo "$crash -DWRONG_UNSTABLE_MARKER"                  # the marker is read while a commit is still on its way
  echo "$crash -DWRONG_LOAD_NEWEST"                      # the newest snapshot instead of the committed one
  echo "$crash -DWRONG_COMMIT_FIRST"                     # commit before the snapshot is durable
  echo "$crash -DWRONG_FOLDER_REMOVED"                   # a job that has finished removes its checkpoints
  echo "$crash -DPOWER -DWRONG_DATA_NOT_SYNCED"
  echo "$crash -DPOWER -DWRONG_RENAME_NOT_SYNCED"
  echo "$crash -DPOWER -DWRONG_JOB_FOLDER_NOT_SYNCED"
  echo "-DREC=1 -DTRIGGERS=1 -DWRONG_BEGIN_LATE"         # the next transaction begins behind the barrier
  echo "-DREC=1 -DTRIGGERS=1 -DWRONG_NO_FLUSH"           # a sink keeps rows over a barrier
  echo "-DREC=2 -DTRIGGERS=1 -DWRONG_NO_ALIGNMENT"       # an input that is ahead does not wait
}

# verify FLAGS OPTIMIZATION: builds and runs the verifier in the current folder; its report is in pan.log.
verify() {
  # shellcheck disable=SC2086
  spin $1 -a "$MODEL_FILE" >spin.log 2>&1 || { cat spin.log; return 2; }
  gcc "$2" -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=6000 -o pan pan.c
  ./pan -m100000 >pan.log 2>&1 || true
  # A search that ran out of memory or depth has seen less than everything.
  if ! grep -q '^pan:1:' pan.log && grep -E 'Search not completed|max search depth too small' pan.log; then return 2; fi
  grep -q 'errors: 0' pan.log
}

# check right|wrong FLAGS
check() {
  local folder status=0
  folder=$(mktemp -d)
  cd "$folder"
  verify "$2" "$([ "$1" = right ] && echo -O1 || echo -O0)" || status=$?
  local states
  states=$(grep -oE '[0-9.e+]+ states, stored' pan.log || true)
  if [ "$1:$status" = right:0 ]; then
    echo "ok     $2: holds in $states"
  elif [ "$1:$status" = wrong:1 ]; then
    echo "ok     $2: found, $(grep -m1 -E '^pan:1:' pan.log | cut -c1-100)"
  else
    echo "FAILED $2: expected to be $1; see test/model/run.sh $2"
    grep -E '^pan:|errors:' pan.log || true
  fi
  cd /
  rm -rf "$folder"
}

if [ $# -gt 0 ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  status=0
  verify "$*" -O1 || status=$?
  grep -E 'states, stored|errors:|total actual' pan.log || true
  [ "$status" = 1 ] || exit "$status"
  cp "$MODEL_FILE" .
  spin "$@" -t -p -g "$(ls ./*.pml)" | cut -c1-200
  exit 1
fi
export -f check verify
export MODEL_FILE
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ right | sed 's/^/right /'; wrong | sed 's/^/wrong /'; } |
  xargs -P "$(nproc)" -d '\n' -I{} bash -c 'check "${1%% *}" "${1#* }"' _ {} | tee "$log"
passed=$(grep -c '^ok' "$log" || true)
failed=$(grep -c '^FAILED' "$log" || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
