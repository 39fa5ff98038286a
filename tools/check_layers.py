#!/usr/bin/env python3
"""Checks the #include lines of src/ against tools/layers.txt: a folder may include itself, base, data (from its line
down) and what its line lists. Also checks that third-party headers stay in the one folder that wraps them.

usage: check_layers.py [SOURCE_ROOT]
"""
import pathlib
import re
import sys

# header prefix -> folders that may include it (in .cc files only)
THIRD_PARTY = {
    "nlohmann/": {"codec"},
    "simdjson": {"codec", "formats"},
    "httplib": {"http"},
    "curl/": {"http"},
    "asio": {"net"},
    "librdkafka/": {"kafka/client"},
    "spdlog/": {"base"},
    "pcre2": {"functions"},
    "date/": {"functions"},
    "openssl/": {"functions"},
    "CLI/": {"app"},
    "yaml-cpp/": {"cluster"},
    "sqlite3": {"cluster"},
}
FORBIDDEN_IN_HEADERS = {"<regex>", "<iostream>", "<filesystem>", "<future>"}


def read_layers(path):
    allowed, order = {}, []
    for line in path.read_text().splitlines():
        match = re.match(r"\d+ +([a-z_/]+) *:(.*)$", line)
        if match:
            allowed[match[1]] = set(match[2].split())
            order.append(match[1])
    below_data = order[order.index("data"):]
    for folder in order:
        allowed[folder] |= {folder, "base"} | ({"data"} if folder in below_data else set())
    return allowed


def folder_of(path, folders):
    best = ""
    for folder in folders:
        if (path == folder or path.startswith(folder + "/")) and len(folder) > len(best):
            best = folder
    return best


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    allowed = read_layers(root / "tools/layers.txt")
    problems, files = [], 0
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".cc", ".h"):
            continue
        files += 1
        name = path.relative_to(root / "src").as_posix()
        folder = folder_of(name, allowed)
        if not folder:
            problems.append(f"{name}: in no folder of tools/layers.txt")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            own = re.match(r'\s*#include "([^"]+)"', line)
            if own:
                target = folder_of(own[1], allowed)
                if target and target not in allowed[folder]:
                    problems.append(f"{name}:{number}: {folder} may not include {target}")
            other = re.match(r"\s*#include (<[^>]+>)", line)
            if other:
                header = other[1][1:-1]
                if path.suffix == ".h" and other[1] in FORBIDDEN_IN_HEADERS:
                    problems.append(f"{name}:{number}: {other[1]} is too heavy for a header")
                for prefix, owners in THIRD_PARTY.items():
                    if header.startswith(prefix) and (folder not in owners or path.suffix == ".h"):
                        problems.append(f"{name}:{number}: {other[1]} belongs in a .cc file of {', '.join(sorted(owners))}")
    print("\n".join(problems))
    print(f"layers: {files} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
