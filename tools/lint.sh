#!/usr/bin/env bash
# Layers, file sizes, formatting, shell, YAML and Python syntax; clang-tidy on the C++ files changed against HEAD.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/check.sh

files_under_600() {
  local long
  long=$(git ls-files -- 'src/**' 'ui/src/**' | grep -E '\.(cc|h|ts|tsx|css)$' | xargs -r wc -l | awk '$2 != "total" && $1 > 600')
  [ -z "$long" ] || { echo "files past 600 lines:"; echo "$long"; return 1; }
}

readme_in_each_folder() {
  local bad=0 folder
  while read -r folder; do
    [ -d "src/$folder" ] || continue
    [ -f "src/$folder/README.md" ] || { echo "src/$folder has no README.md"; bad=1; continue; }
    [ "$(wc -l <"src/$folder/README.md")" -le 40 ] || { echo "src/$folder/README.md is longer than 40 lines"; bad=1; }
  done < <(sed -nE 's/^[0-9]+ +([a-z_\/]+) *:.*/\1/p' tools/layers.txt)
  return $bad
}

crash_points_documented() {  # those of the broker are its own affair
  diff <(git grep -hoE 'FailPoint\("[a-z_.]+"\)' -- 'src/**/*.cc' | cut -d'"' -f2 | grep -v '^broker\.' | sort -u) \
    <(grep -oE '`(checkpoint|directory|savepoint|kafka|slot|state)\.[a-z_.]+`' docs/exactly-once.md | tr -d '`' | sort -u)
}

formatted() {
  command -v clang-format-19 >/dev/null || { echo "clang-format-19 is missing: ./dev setup"; return 1; }
  git ls-files -- 'src/**/*.cc' 'src/**/*.h' 'bench/*.cc' 'bench/*.h' 'test/**/*.cc' | xargs -r clang-format-19 --dry-run --Werror
}

tidy() {
  local changed
  changed=$(git diff --name-only --diff-filter=d HEAD -- 'src/**/*.cc')
  [ -z "$changed" ] || xargs -r clang-tidy-19 -p build/release --quiet <<<"$changed"
}

check "layers" python3 tools/check_layers.py
check "files under 600 lines" files_under_600
check "a README of at most 40 lines in each folder" readme_in_each_folder
check "every crash point in docs/exactly-once.md" crash_points_documented
check "formatting" formatted
check "shell syntax" bash -n dev .ci/run tools/*.sh
check "CI's steps" yamllint -s -d '{extends: default, rules: {line-length: {max: 140}, document-start: disable}}' .github
check "python syntax" python3 -m compileall -q tools test
check "clang-tidy on changed files" tidy
finish
