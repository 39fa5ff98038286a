#!/usr/bin/env bash
# The Debian packages whose shared libraries a binary loads, one per line.
# usage: runtime_packages.sh BINARY
set -euo pipefail
[ $# = 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
ldd "$1" | awk '$3 ~ /^\// {print $3}' | while read -r library; do
  # Since /usr was merged a package may own the path without /usr.
  dpkg -S "$(readlink -f "$library")" 2>/dev/null || dpkg -S "${library#/usr}" 2>/dev/null || dpkg -S "/usr$library"
done | cut -d: -f1 | sort -u
