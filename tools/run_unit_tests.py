#!/usr/bin/env python3
"""Runs every GoogleTest binary of a build folder and adds up their counts.

usage: run_unit_tests.py BUILD_DIR [NAME...]
"""
import pathlib
import re
import subprocess
import sys
import time


def main() -> int:
    build = pathlib.Path(sys.argv[1])
    wanted = set(sys.argv[2:])
    binaries = sorted(path for path in (build / "src").glob("*_test") if path.is_file())
    if not binaries:
        print(f"no test binaries in {build}/src", file=sys.stderr)
        return 1
    passed = failed = skipped = 0
    for binary in binaries:
        if wanted and binary.name not in wanted:
            continue
        started = time.monotonic()
        run = subprocess.run([binary, "--gtest_brief=1"], capture_output=True, text=True, errors="replace", timeout=900)
        text = run.stdout + run.stderr
        ran = int((re.findall(r"\[==========\] (\d+) tests? from", text) or ["0"])[-1])
        good = int((re.findall(r"\[  PASSED  \] (\d+) test", text) or ["0"])[-1])
        left = int((re.findall(r"\[  SKIPPED \] (\d+) test", text) or ["0"])[-1])
        bad = max(ran - good - left, 1 if run.returncode else 0)
        passed, failed, skipped = passed + good, failed + bad, skipped + left
        print(f"{'ok  ' if run.returncode == 0 else 'FAIL'} {binary.name}: {good} passed in {time.monotonic() - started:.1f} s", flush=True)
        if run.returncode != 0 or left:
            print(text[-8000:], flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
